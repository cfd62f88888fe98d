import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { describe, expect, test } from "vitest";
import { Translator } from "../../../cli/roll/translator.ts";
import type { Failure } from "../../../messages/failure.ts";
import type { StepEvent } from "../../../messages/stepEvents.ts";

const URN = "urn:pulumi:prod::rancher-rollback::rancher-rollback:index:RancherRollback$command:local:Command::";

const STARTED = "2026-11-23T03:00:00.000Z";
const WIPED = "2026-11-23T03:00:58.000Z";

function translated(events: object[], own: StepEvent[] = [], wipedBefore?: string) {
  const emitted: object[] = [];
  let now = 0;
  const translator = new Translator(
    (event) => emitted.push(event),
    { clusterFile: "/nowhere/rancher-cluster.yml", startedAt: STARTED, wipedBefore: () => wipedBefore },
    () => now++ * 1000,
  );
  for (const event of own) translator.takeOwn(event);
  for (const event of events) translator.take(event as EngineEvent);
  const { errors, failure, safetyCopy } = translator;
  return { emitted, changes: Object.fromEntries(translator.changes), errors, failure, safetyCopy };
}

const begins = (op: string, urn = `${URN}etcd-restore`) => ({ resourcePreEvent: { metadata: { op, urn } } });
const done = (op: string, urn = `${URN}etcd-restore`) => ({ resOutputsEvent: { metadata: { op, urn } } });
const fails = (resource: string) => ({ resOpFailedEvent: { metadata: { op: "create", urn: URN + resource } } });
const said = (message: string, severity = "info", urn?: string) => ({ diagnosticEvent: { message, severity, urn } });

describe("the engine's events", () => {
  test("of a step become its beginning and its end, with the time between", () => {
    expect(translated([begins("create"), done("create")]).emitted).toEqual([
      { event: "step-started", step: "etcd-restore", operation: "create" },
      { event: "step-ended", step: "etcd-restore", operation: "create", failed: false, seconds: 1 },
    ]);
  });

  test("of a replacement, which are three, are reported once", () => {
    const events = ["delete-replaced", "replace", "create-replacement"].flatMap((op) => [begins(op), done(op)]);
    const { emitted, changes } = translated(events);
    expect(emitted).toHaveLength(2);
    expect(changes).toEqual({ "etcd-restore": "replace" });
  });

  test("of what stays the same, of components and of providers are left out", () => {
    const component = "urn:pulumi:prod::rancher-rollback::rancher-rollback:index:EtcdRestore::etcd-restore";
    const provider = "urn:pulumi:prod::rancher-rollback::pulumi:providers:command::lock";
    expect(translated([begins("same"), begins("create", component), begins("create", provider)]).emitted).toEqual([]);
  });

  test("of an EC2 machine are those of the machine of its node", () => {
    const machine =
      "urn:pulumi:prod::rancher-rollback::rancher-rollback:index:Ec2Machine$aws:ec2/instance:Instance::node4";
    expect(translated([begins("create", machine)]).changes).toEqual({ "machine-node4": "create" });
  });

  test("with what a step prints become lines, and nothing is read out of them", () => {
    const text = "<{%reset%}>one\n\nWARNING the point of no return is passed: RKE is wiping<{%reset%}>";
    expect(translated([said(text, "info", `${URN}etcd-restore`)]).emitted).toEqual([
      { event: "line", step: "etcd-restore", text: "one" },
      { event: "line", step: "etcd-restore", text: "WARNING the point of no return is passed: RKE is wiping" },
    ]);
  });

  test("of what is only taken out of the state are left out, as nothing happens", () => {
    const { emitted, changes } = translated([begins("delete"), done("delete")]);
    expect(emitted).toEqual([]);
    expect(changes).toEqual({});
  });

  test("of a failure that is no step's keep the engine's text", () => {
    const { errors, failure } = translated([said("error: no access\n", "error")]);
    expect(errors).toEqual(["error: no access"]);
    expect(failure).toBeUndefined();
  });

  test("with debug messages are left out", () => {
    expect(translated([said("registering", "debug")]).emitted).toEqual([]);
  });
});

describe("what a step says of itself", () => {
  const started = (resource: string): StepEvent => ({ event: "started", resource });
  const problem: Failure = {
    kind: "locked",
    step: "lock",
    happened: ["node1: held"],
    pointOfNoReturn: { state: "not-reached" },
    remedies: ["wait"],
  };

  test("of a warning is a note, of the wiping an event of the run", () => {
    const { emitted } = translated(
      [],
      [
        { event: "warning", resource: "unlock", message: "node3 may still be locked", remedy: "unlock it" },
        { event: "warning", resource: "lock", message: "the lock was broken" },
        { event: "wiping", resource: "etcd-restore", at: "2026-11-23T03:00:00.000Z" },
      ],
    );
    expect(emitted).toEqual([
      { event: "note", level: "warning", text: "node3 may still be locked", remedy: "unlock it" },
      { event: "note", level: "warning", text: "the lock was broken" },
      { event: "wiping", step: "etcd-restore" },
    ]);
  });

  test("of when Rancher is stopped and serves again, and of RKE's log, are those of the run", () => {
    const own: StepEvent[] = [
      { event: "rancher-stopping", resource: "etcd-restore" },
      { event: "rke-log", resource: "etcd-restore", path: "/logs/restore.log" },
      { event: "rancher-serving", resource: "verification" },
    ];
    expect(translated([], own).emitted).toEqual([
      { event: "rancher-stopping", step: "etcd-restore" },
      { event: "rke-log", step: "etcd-restore", path: "/logs/restore.log" },
      { event: "rancher-serving", step: "verification" },
    ]);
  });

  test("of a step whose turn it is not make it end as skipped, and no other step", () => {
    const events = ["rke-up", "restart"].flatMap((name) => [begins("create", URN + name), done("create", URN + name)]);
    const { emitted } = translated(events, [{ event: "skipped", resource: "rke-up", reason: "comes-last" }]);
    const ended = { event: "step-ended", operation: "create", failed: false, seconds: 1 };
    expect(emitted.filter((event) => "seconds" in event)).toEqual([
      { ...ended, step: "rke-up", skipped: "comes-last" },
      { ...ended, step: "restart" },
    ]);
  });

  test("of safety copies names the last one", () => {
    const copy = (name: string): StepEvent => ({
      ...{ event: "safety-copy", resource: "safety-copy", name },
      ...{ nodes: ["node1"], bytes: 7 },
    });
    expect(translated([], [copy("safety-1"), copy("safety-2")]).safetyCopy).toEqual({
      ...{ name: "safety-2", nodes: ["node1"], bytes: 7 },
    });
    expect(translated([]).safetyCopy).toBeUndefined();
  });

  test("of its failure is the failure of the run, whatever the engine prints of it", () => {
    const events = [begins("create", `${URN}lock`), said("error: exit status 1: lock", "error", `${URN}lock`)];
    const own: StepEvent[] = [started("lock"), { event: "failure", resource: "lock", failure: problem }];
    const { emitted, failure } = translated([...events, fails("lock")], own);
    expect(failure).toEqual(problem);
    expect(emitted.at(-1)).toMatchObject({ event: "step-ended", failed: true });
    expect(emitted.at(-1)).not.toHaveProperty("unstarted");
  });

  test("is not asked of a resource that runs no program of ours", () => {
    const urn = "urn:pulumi:prod::rancher-rollback::kubernetes:apps/v1:DeploymentPatch::rancher-image";
    const failed = { resOpFailedEvent: { metadata: { op: "update", urn } } };
    expect(translated([begins("update", urn), failed]).emitted.at(-1)).not.toHaveProperty("unstarted");
  });

  test("of its failure goes before a step that was cut off beside it", () => {
    const events = ["snapshot-node1", "snapshot-node2"].flatMap((name) => [begins("create", URN + name), fails(name)]);
    const own: StepEvent[] = [
      started("snapshot-node1"),
      started("snapshot-node2"),
      { event: "failure", resource: "snapshot-node2", failure: problem },
    ];
    expect(translated(events, own).failure).toEqual(problem);
  });

  test("that it was stopped on request does not hide how another step beside it ended", () => {
    const [one, two] = ["snapshot-node1", "snapshot-node2"];
    const events = [one, two].flatMap((name) => [begins("create", URN + name), fails(name)]);
    const own: StepEvent[] = [
      ...[started(one), started(two)],
      { event: "failure", resource: one, failure: { ...problem, kind: "stopped" } },
      { event: "failure", resource: two, failure: problem },
    ];
    expect(translated(events, own).failure).toEqual(problem);
    expect(translated(events, own.slice(0, 3)).failure).toMatchObject({
      kind: "cut-off",
      step: "pull-snapshot",
      node: "node2",
    });
    expect(translated(events.slice(0, 2), own.slice(0, 3)).failure).toMatchObject({ kind: "stopped" });
  });

  test("may end without one: a step that began and failed was cut off", () => {
    const events = [begins("create"), said("asking all 3 nodes", "info", `${URN}etcd-restore`), fails("etcd-restore")];
    const at = "2026-11-23T03:00:00.000Z";
    const own: StepEvent[] = [started("etcd-restore"), { event: "wiping", resource: "etcd-restore", at }];
    expect(translated(events, own).failure).toMatchObject({
      kind: "cut-off",
      happened: ["it was cut off"],
      lastLines: ["asking all 3 nodes"],
      pointOfNoReturn: { state: "passed", at },
    });
  });

  test.each(["rke-up", "restart", "rancher-image-api", "verification", "rke-up-last", "unlock"])(
    "of %s that was cut off or stopped after the restore, never says that nothing was wiped",
    (step) => {
      const events = [begins("create"), done("create"), begins("create", URN + step), fails(step)];
      const own: StepEvent[] = [{ event: "wiping", resource: "etcd-restore", at: WIPED }, started(step)];
      const stopped = { ...problem, kind: "stopped", pointOfNoReturn: { state: "passed-earlier" } } as const;
      const point = { state: "passed-earlier", by: "this-run", at: WIPED };
      expect(translated(events, own).failure).toMatchObject({ kind: "cut-off", pointOfNoReturn: point });
      const itself: StepEvent = { event: "failure", resource: step, failure: stopped };
      expect(translated(events, [...own, itself]).failure).toMatchObject({ kind: "stopped", pointOfNoReturn: point });
    },
  );

  test("of a step after a restore that an earlier run has done says that, and when", () => {
    const events = [begins("create", `${URN}rke-up`), fails("rke-up")];
    const before = "2026-11-23T02:00:00.000Z";
    expect(translated(events, [started("rke-up")], before).failure?.pointOfNoReturn).toEqual({
      ...{ state: "passed-earlier", by: "earlier-run", at: before },
    });
    expect(translated(events, [started("rke-up")]).failure?.pointOfNoReturn).toEqual({
      ...{ state: "passed-earlier", by: "earlier-rollback" },
    });
  });

  test("is nothing where it never started: the engine's text stays", () => {
    const refused = "the restore of base is not confirmed";
    const { emitted, errors, failure } = translated([
      begins("create"),
      said(refused, "error", `${URN}etcd-restore`),
      fails("etcd-restore"),
    ]);
    expect(failure).toBeUndefined();
    expect(emitted.at(-1)).toMatchObject({ event: "step-ended", failed: true, unstarted: true });
    expect(errors).toEqual([refused]);
  });

  test("of a failure is nothing as long as the engine has not seen the step fail", () => {
    expect(translated([begins("create")], [started("etcd-restore")]).failure).toBeUndefined();
  });
});
