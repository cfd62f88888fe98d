import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { describe, expect, test } from "vitest";
import { Translator } from "../../cli/translator.ts";

const URN = "urn:pulumi:prod::rancher-rollback::rancher-rollback:index:RancherRollback$command:local:Command::";

function translated(events: object[]) {
  const told: object[] = [];
  let now = 0;
  const translator = new Translator(
    (event) => told.push(event),
    () => now++ * 1000,
  );
  for (const event of events) translator.take(event as EngineEvent);
  return { told, changes: Object.fromEntries(translator.changes), errors: translator.errors };
}

const begins = (op: string, urn = `${URN}etcd-restore`) => ({ resourcePreEvent: { metadata: { op, urn } } });
const done = (op: string, urn = `${URN}etcd-restore`) => ({ resOutputsEvent: { metadata: { op, urn } } });
const said = (message: string, severity = "info", urn?: string) => ({ diagnosticEvent: { message, severity, urn } });

describe("the engine's events", () => {
  test("of a step become its beginning and its end, with the time between", () => {
    expect(translated([begins("create"), done("create")]).told).toEqual([
      { event: "step-started", step: "etcd-restore", operation: "create" },
      { event: "step-ended", step: "etcd-restore", operation: "create", failed: false, seconds: 1 },
    ]);
  });

  test("of a replacement, which are three, are told once", () => {
    const events = ["delete-replaced", "replace", "create-replacement"].flatMap((op) => [begins(op), done(op)]);
    const { told, changes } = translated(events);
    expect(told).toHaveLength(2);
    expect(changes).toEqual({ "etcd-restore": "replace" });
  });

  test("of what stays the same, of components and of providers are left out", () => {
    const component = "urn:pulumi:prod::rancher-rollback::rancher-rollback:index:EtcdRestore::etcd-restore";
    const provider = "urn:pulumi:prod::rancher-rollback::pulumi:providers:command::lock";
    expect(translated([begins("same"), begins("create", component), begins("create", provider)]).told).toEqual([]);
  });

  test("of an EC2 machine are those of the machine of its node", () => {
    const machine =
      "urn:pulumi:prod::rancher-rollback::rancher-rollback:index:Ec2Machine$aws:ec2/instance:Instance::node4";
    expect(translated([begins("create", machine)]).changes).toEqual({ "machine-node4": "create" });
  });

  test("with a step's words become lines, and tell when the wiping begins", () => {
    const text = "<{%reset%}>one\n\nthe point of no return is passed: RKE is wiping<{%reset%}>";
    expect(translated([said(text, "info", `${URN}etcd-restore`)]).told).toEqual([
      { event: "line", step: "etcd-restore", text: "one" },
      { event: "line", step: "etcd-restore", text: "the point of no return is passed: RKE is wiping" },
      { event: "wiping", step: "etcd-restore" },
    ]);
  });

  test("of what is only taken out of the state are left out, as nothing happens", () => {
    const { told, changes } = translated([begins("delete"), done("delete")]);
    expect(told).toEqual([]);
    expect(changes).toEqual({});
  });

  test("with a step's warning are a warning too, but for those of RKE", () => {
    const text = "WARNING node3 may still be locked";
    expect(translated([said(text, "info", `${URN}unlock`)]).told).toEqual([
      { event: "line", step: "unlock", text },
      { event: "note", level: "warning", text: "node3 may still be locked" },
    ]);
    expect(translated([said(text, "info", `${URN}rke-up`)]).told).toHaveLength(1);
  });

  test("of a failure keep the step's own story, not the command that was run", () => {
    const message =
      'error: exit status 1: running "/usr/bin/node main.ts lock":\nasking\n\nthe lock on the cluster FAILED\n  what happened:       held\n';
    const failed = { resOpFailedEvent: { metadata: { op: "create", urn: `${URN}lock` } } };
    const { told, errors } = translated([begins("create", `${URN}lock`), said(message, "error", `${URN}lock`), failed]);
    expect(errors).toEqual(["the lock on the cluster FAILED\n  what happened:       held"]);
    expect(told.at(-1)).toMatchObject({ event: "step-ended", failed: true });
  });

  test("with debug messages are not told", () => {
    expect(translated([said("registering", "debug")]).told).toEqual([]);
  });
});
