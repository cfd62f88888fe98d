import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { AT_ONCE_MS } from "../../cli/roll/freshness.ts";
import { Run } from "../../cli/run.ts";
import { type LabCluster, ssh } from "../../lab/cluster/cluster.ts";
import { type Engine, environmentOf } from "../../lab/engine/engine.ts";
import { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import type { RunEvent } from "../../run/events.ts";
import { closedWebhook, removeClosedWebhook } from "./closedWebhook.ts";
import { answerOf, endOf, etcdCreated, eventsOf, folderElsewhere, lockedNodes, mark, PRIOR, Scene } from "./support.ts";

describe("rancher-rollback", () => {
  const scene = new Scene("command");
  const { folder, snapshot } = scene;
  let cluster: LabCluster;
  let engine: Engine;
  let rollback: CommandLine;
  let before: string[];

  beforeAll(async () => {
    const unmarked = { before: async () => {}, after: async () => {} };
    ({ cluster, engine, rollback } = await scene.prepare({ isConfirmed: false, ...unmarked }));
    before = await etcdCreated(cluster);
  });

  test("doctor finds a healthy cluster well, and verify as it must be", async () => {
    const examined = await rollback.type(["doctor", "--json"]);
    const { findings } = answerOf(examined, "doctor");
    expect(findings.filter(({ level }) => level !== "ok")).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining(["pulumi", "node", "rancher"]));
    expect(findings.flatMap(({ check, of }) => (check === "node" ? [of] : []))).toEqual(["node1", "node2", "node3"]);
    expect(examined.code).toBe(0);
    const typed = await rollback.type(["verify", "--json"]);
    const { verified, checks, rancherVersion } = answerOf(typed, "verify");
    expect([verified, ...checks.flatMap(({ problems }) => problems)]).toEqual([true]);
    expect([rancherVersion, typed.code]).toEqual([PRIOR, 0]);
  });

  test("prove opens the snapshot and finds the cluster in it, and snapshots lists it with that", async () => {
    const metrics = join(folder, "prove.prom");
    const proved = await rollback.type(["prove", snapshot, "--max-age", "1", "--metrics", metrics, "--json"]);
    const proof = answerOf(proved, "prove");
    expect(proof.checks.flatMap(({ problems }) => problems)).toEqual([]);
    expect(proof).toMatchObject({ proven: true, snapshot, nodes: ["node1", "node2", "node3"], unread: [] });
    expect(proof.inspection?.holds).toMatchObject({ rancher: PRIOR, kubernetes: "v1.20.15" });
    expect(proof.inspection?.lineage).toBe("same");
    expect(proved.code).toBe(0);
    const taken = Date.parse(proof.takenAt ?? "") / 1000;
    expect(readFileSync(metrics, "utf8")).toMatch(
      new RegExp(`last_proven_snapshot_timestamp_seconds\\{.*\\} ${taken}`),
    );
    const listed = answerOf(await rollback.type(["snapshots", "--json"]), "snapshots");
    const line = listed.snapshots.find(({ name }) => name === snapshot);
    expect(line).toMatchObject({ missingOn: [], proven: { how: "opened", by: "prove" }, takenAt: proof.takenAt });
    expect(line?.copies.map(({ node, wrong }) => [node, wrong])).toEqual(
      ["node1", "node2", "node3"].map((node) => [node, undefined]),
    );
    expect(await lockedNodes(cluster)).toEqual([]);
  });

  test("plan of a stack that the backend does not have is refused, and makes none", async () => {
    copyFileSync(join(folder, "Pulumi.test.yaml"), join(folder, "Pulumi.tset.yaml"));
    const mistyped = new CommandLine("tset", folder, engine);
    for (const _ of [1, 2]) {
      const { code, stdout } = await mistyped.type(["plan"]);
      expect(code).toBe(1);
      expect(stdout).toContain("the backend has no stack tset. Nothing was done");
    }
  });

  test("plan says by its exit code that changes are planned, and every line of --json is as the schema says", async () => {
    const { code, stdout, record } = await rollback.roll(["plan", "--json"]);
    expect(code).toBe(2);
    expect(eventsOf(stdout).map(({ event }) => event)).toEqual(["run-started", "plan", "changes", "run-ended"]);
    expect(record.plan?.snapshot).toMatchObject({ name: snapshot, provenOn: ["node1", "node2", "node3"] });
  });

  test("apply is refused where RKE would install its own default Kubernetes, and its preview names webhooks that fail closed", async () => {
    const clusterFile = folderElsewhere(cluster);
    writeFileSync(clusterFile, readFileSync(clusterFile, "utf8").replace(/^kubernetes_version: .*\n/m, ""));
    await closedWebhook(cluster, { inDryRuns: true });
    const words = ["apply", "--accept-data-loss-of", snapshot, "--config", `clusterFile=${clusterFile}`];
    const { code, record } = await rollback.roll(words).finally(() => removeClosedWebhook(cluster));
    expect([code, record.result]).toEqual([1, "refused"]);
    expect(record.plan?.failedChecks).toMatchObject([
      {
        check: "kubernetes-default",
        message: expect.stringMatching(
          /has Kubernetes v1\.20\.15-rancher2-2, .* RKE v1\.8\.0 would install .*v1\.32\./,
        ),
        remedy: expect.stringMatching(/^write into the cluster file: kubernetes_version: v1\.20\.15-rancher2-2/),
      },
    ]);
    const webhooks = [{ configuration: "lab-closed", service: "cattle-system/lab-closed" }];
    expect(record.plan?.warnings).toContainEqual({ kind: "webhooks-fail-closed", webhooks });
    expect(await lockedNodes(cluster)).toEqual([]);
  });

  test("apply is refused where Docker does not answer on a node, which is not taken for one without etcd", async () => {
    const words = ["apply", "--accept-data-loss-of", snapshot, "--config", "restoreWith=in-place"];
    await ssh(cluster, "node2", "mv /run/docker.sock /run/docker.sock.away");
    const both = async () => [await rollback.roll(words), await rollback.type(["verify", "--json"])] as const;
    const [{ code, record }, typed] = await both().finally(() =>
      ssh(cluster, "node2", "mv /run/docker.sock.away /run/docker.sock"),
    );
    expect([code, record.result]).toEqual([1, "refused"]);
    const silent = "node2: Docker does not answer: Cannot connect to the Docker daemon";
    expect(record.plan?.failedChecks).toMatchObject([
      {
        check: "docker-answers",
        of: "node2",
        message: expect.stringContaining(silent),
        remedy: "look at Docker on node2",
      },
      {
        check: "restore-way",
        message: expect.stringMatching(new RegExp(`^etcd cannot be restored in place: ${silent}[^;]*$`)),
        remedy: expect.stringMatching(/^look at node2/),
      },
    ]);
    const { verified, checks } = answerOf(typed, "verify");
    const messages = checks.flatMap(({ problems }) => problems.map(({ message }) => message));
    expect([verified, messages.join("\n")]).toEqual([
      false,
      expect.stringContaining("Cannot connect to the Docker daemon"),
    ]);
    expect(messages.join("\n")).not.toContain("kubelet");
    expect(await lockedNodes(cluster)).toEqual([]);
  });

  test("apply is refused without consent, and says what to type", async () => {
    const { code, record } = await rollback.roll(["apply"]);
    expect(code).toBe(1);
    expect(record.result).toBe("refused");
    expect(record.error).toContain(`--accept-data-loss-of ${snapshot}`);
    expect(await etcdCreated(cluster)).toEqual(before);
  });

  test("apply is refused before it locks anything when a proof of its preview fails", async () => {
    const words = ["apply", "--config", "snapshot=never-saved", "--accept-data-loss-of", "never-saved"];
    const { code, record } = await rollback.roll(words);
    expect(code).toBe(1);
    expect(record).toMatchObject({ result: "refused", steps: [] });
    expect(record.error).toContain("a pre-flight check failed; nothing was done:\n  node1");
    expect(await lockedNodes(cluster)).toEqual([]);
  });

  test("apply is refused when the cluster is not any more what its preview showed", async () => {
    const events: RunEvent[] = [];
    const run = startHere((event) => events.push(event));
    await run.previewed;
    await mark(cluster, "meanwhile");
    // As long as it takes to read it.
    await sleep(AT_ONCE_MS);
    run.say({ kind: "go" });
    expect(await run.ended).toBe(1);
    const { result, error } = endOf(events);
    expect(result).toBe("refused");
    expect(error).toContain("the lost namespaces: was 0 (), now 1 (mark-meanwhile)");
    expect(await lockedNodes(cluster)).toEqual([]);
    expect(await etcdCreated(cluster)).toEqual(before);
  });

  test("prepare writes the way back to a snapshot of now, which plan finds equal and intact on every etcd host", async () => {
    const name = `prepared-${process.pid}`;
    const { code, stdout } = await rollback.type(["prepare", "--name", name, "--json"]);
    const prepared = answerOf({ stdout }, "prepare");
    expect(prepared.problems).toEqual([]);
    expect(prepared).toMatchObject({
      saved: { nodes: ["node1", "node2", "node3"], state: true },
      written: { settings: { snapshot: name, rancherVersion: PRIOR } },
    });
    expect(code).toBe(0);
    const planned = await rollback.roll(["plan"]);
    expect(planned.record.plan?.snapshot).toMatchObject({ name, provenOn: ["node1", "node2", "node3"] });
    expect([planned.code, planned.record.plan?.failedChecks]).toEqual([2, []]);
    const again = answerOf(await rollback.type(["prepare", "--name", name, "--json"]), "prepare");
    expect(again.problems).toEqual([
      { message: expect.stringContaining(`${name} is there already`), remedy: expect.anything() },
    ]);
    expect([await etcdCreated(cluster), await lockedNodes(cluster)]).toEqual([before, []]);
  });

  /** A run in this process's hands, with what the command line would give it. */
  function startHere(show: (event: RunEvent) => void): Run {
    const env = environmentOf(engine, folder);
    const kept = Object.keys(env).map((key) => [key, process.env[key]] as const);
    Object.assign(process.env, env);
    try {
      const job = { command: "apply", stack: "test", configFolder: folder } as const;
      return new Run({ ...job, config: {}, accepted: [snapshot] }, show);
    } finally {
      for (const [key, value] of kept)
        if (value === undefined) delete process.env[key];
        else process.env[key] = value;
    }
  }
});
