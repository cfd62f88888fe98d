import { spawnSync } from "node:child_process";
import { globSync, realpathSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { CONTRACT, contextSchema } from "../../steps/contract.ts";
import { tempFolder } from "../support/folder.ts";
import { buildRollback, commands, recordRollback, request, requestIn, resource, WIPED } from "../support/rollback.ts";
import { someNode, someSettings } from "../support/settings.ts";

const ORDER = [
  ...["lock-id", "lock", "preflight", "safety-copy", "etcd-restore", "rke-up", "restart"],
  ...["rancher-image-api", "rancher-image", "verification", "rke-up-last", "unlock"],
];

describe("a rollback", () => {
  test("has these steps, each depending on the one before it", async () => {
    const rollback = await buildRollback();
    for (const [at, name] of ORDER.entries()) {
      if (at > 0) expect(resource(rollback, name).dependencies, name).toContain(ORDER[at - 1]);
    }
    expect([...rollback.keys()].sort()).toEqual([...ORDER, "rancher-image-cluster"].sort());
  });

  test("has each step in the component in which the state of every stack has it", async () => {
    const parents = commands(await buildRollback()).map(({ name, parent }) => [name, parent.split("index:").at(-1)]);
    expect(Object.fromEntries(parents)).toEqual({
      ...{ "lock-id": "ClusterLock::lock", lock: "ClusterLock::lock", preflight: "Preflight::preflight" },
      ...{ "safety-copy": "SafetyCopy::safety-copy", "etcd-restore": "EtcdRestore::etcd-restore" },
      ...{ "rke-up": "RkeUp::rke-up", restart: "ComponentRestarts::restart" },
      ...{ "rancher-image-api": "RancherImage::rancher-image", verification: "Verification::verification" },
      ...{ "rke-up-last": "RkeUp::rke-up-last", unlock: "ClusterUnlock::unlock" },
    });
  });

  test("goes without the safety copy only where the settings skip it", async () => {
    const rollback = await buildRollback({ safetyCopy: false });
    expect(rollback.has("safety-copy")).toBe(false);
    expect(resource(rollback, "etcd-restore").dependencies).toContain("preflight");
    const { input } = request(rollback, "etcd-restore");
    expect(input).not.toHaveProperty("safetyCopy");
    expect(input).not.toHaveProperty("saved");
  });

  test("gives every step what the contract asks for", async () => {
    for (const { name, inputs } of commands(await buildRollback({ breakLockOf: "0123abcd", snapshotSha256: "5ba5" }))) {
      const { step, context, input } = requestIn(inputs);
      expect(CONTRACT[step].input.safeParse(input).error, name).toBeUndefined();
      expect(contextSchema.parse(context), name).toEqual(context);
      expect(context.resource).toBe(name);
    }
  });

  test("runs each step by its name in the contract, in the cluster file's folder, in the shell's place", async () => {
    const rollback = await buildRollback();
    const steps = commands(rollback).map(({ name, inputs }) => [name, requestIn(inputs).step]);
    expect(Object.fromEntries(steps)).toEqual({
      ...{ "lock-id": "lock-id", lock: "lock", preflight: "preflight", "safety-copy": "safety-copy" },
      ...{ "etcd-restore": "restore", "rke-up": "rke-up", restart: "restart" },
      ...{ "rancher-image-api": "wait-for-api", verification: "verify" },
      ...{ "rke-up-last": "rke-up", unlock: "unlock" },
    });
    for (const { inputs } of commands(rollback)) {
      expect(inputs.dir).toBe("/clusters");
      expect(inputs.create).toMatch(/^exec .*node.* .*\/steps\/main\.ts'?$/);
    }
  });

  test.each(["/var/tmp", undefined])(
    "gives every step the temporary folder of the operator, not the engine's: %s",
    async (folder) => {
      vi.stubEnv("TMPDIR", folder);
      for (const { name, inputs } of commands(await buildRollback())) {
        expect(inputs.environment, name).toEqual({ TMPDIR: folder ?? "" });
      }
    },
  );

  test("keeps what V8 has compiled of a step, whoever has started the engine", async () => {
    const [step] = commands(await buildRollback());
    const cache = realpathSync(tempFolder());
    // It gets no request, and ends once it is loaded.
    spawnSync("sh", ["-c", String(step?.inputs.create)], {
      env: { PATH: process.env.PATH, HOME: "/nowhere", XDG_CACHE_HOME: cache },
      input: "",
    });
    expect(globSync("rancher-rollback/compiled/*/*", { cwd: cache }).length).toBeGreaterThan(20);
  });

  test("gives every step the cluster file, the stack and the trust in host keys", async () => {
    for (const hostKeys of [{ allowUnknown: false, knownHostsFile: "/keys/known hosts" }, { allowUnknown: true }]) {
      for (const { inputs } of commands(await buildRollback({ hostKeys }))) {
        expect(requestIn(inputs).context).toMatchObject({
          clusterFile: "/clusters/rancher-cluster.yml",
          stack: "test",
          hostKeys,
        });
      }
    }
  });

  test("locks every etcd host for this snapshot and run, and releases the same lock", async () => {
    const [one, two] = [someNode(1), someNode(2, ["worker"])];
    const rollback = await buildRollback({ run: 2, cluster: { ...someSettings().cluster, nodes: [one, two] } });
    const lock = { id: "aaaaaaaa", hosts: ["node1"] };
    expect(request(rollback, "lock").input).toEqual({ ...lock, snapshot: "base", run: 2, silenceSeconds: 600 });
    expect(request(rollback, "unlock").input).toEqual({ ...lock, taken: [] });
  });

  test("gives the restore the lock, the proof and the safety copy as the steps before it reported them", async () => {
    const rollback = await buildRollback({ snapshotSha256: "5ba5" });
    const { input } = request(rollback, "etcd-restore");
    expect(input).toMatchObject({
      ...{ snapshot: "base", run: 1, rke: "rke" },
      lock: { id: "aaaaaaaa", hosts: ["node1", "node2", "node3"], taken: [] },
      proven: { finishedAt: "preflight has run", nodes: [{ node: "node1", sha256: "5ba5" }] },
      saved: { finishedAt: "safety-copy has run", name: "safety-copy-1" },
    });
    // What was proven and saved is looked at once more right before the wipe.
    expect(input.preflight).toEqual(request(rollback, "preflight").input);
    expect(input.safetyCopy).toEqual(request(rollback, "safety-copy").input);
  });

  test("gives the restore what decides how etcd is restored", async () => {
    const { input } = request(await buildRollback({ restoreWith: "auto", keepOldDataDays: 30 }), "etcd-restore");
    expect(input).toMatchObject({ restoreWith: "auto", keepOldDataDays: 30, replaced: [] });
  });

  test.each<[string, string, string[]]>([
    ["that this run has taken", "2999-11-23T03:00:00Z", ["node1", "node2", "node3"]],
    ["of an earlier run", "2026-11-23T03:00:00Z", []],
  ])("tells the restore of a lock %s, which must not be gone in between", async (_, finished, taken) => {
    expect(request(await buildRollback({}, finished), "etcd-restore").input).toMatchObject({ lock: { taken } });
  });

  describe("gives each step after the restore the lock that it asks for", () => {
    const [HOSTS, NOW, EARLIER] = [["node1", "node2", "node3"], "2999-11-23T03:00:00Z", "2026-11-23T03:00:00Z"];
    const at = (finishedAt: string) => ({ finishedAt });
    /** Which hosts each step takes for hosts that this very run had locked before. */
    async function taken(reported: Record<string, object>) {
      const rollback = await recordRollback(someSettings(), { finished: EARLIER, reported });
      return AFTER.map((name) => (request(rollback, name).input.lock as { taken: string[] }).taken);
    }
    const AFTER = ["rke-up", "restart", "rancher-image-api", "rke-up-last"];

    test("by the id and the hosts of this stack's", async () => {
      const rollback = await buildRollback();
      for (const name of AFTER) {
        const lock = { id: "aaaaaaaa", hosts: HOSTS, taken: [], snapshot: "base" };
        expect(request(rollback, name).input.lock, name).toEqual(lock);
      }
    });

    test("as one that this run must still have, once a step before it has made sure of it in this very run", async () => {
      expect(await taken({})).toEqual([[], [], [], []]);
      expect(await taken({ "etcd-restore": at(NOW) })).toEqual([HOSTS, HOSTS, HOSTS, HOSTS]);
      expect(await taken({ restart: at(NOW) })).toEqual([[], [], HOSTS, HOSTS]);
      const first = { "etcd-restore": { built: false }, "rke-up": at(NOW) };
      expect(await taken(first)).toEqual([[], HOSTS, HOSTS, HOSTS]);
      const rollback = await buildRollback({}, NOW);
      expect(request(rollback, "unlock").input).toEqual({ id: "aaaaaaaa", hosts: HOSTS, taken: HOSTS });
    });

    test("as one that it may take over after a step that was not at its turn, and asked nobody", async () => {
      expect(await taken({ "rke-up": at(NOW) })).toEqual([[], [], [], []]);
    });

    test("of no host where the restore was done before the lock, and nothing was locked", async () => {
      const restored = { snapshot: "base", run: 1, startedAt: EARLIER, stack: "test", holder: "ops@desk" };
      const reported = { lock: { hosts: [], restored }, "etcd-restore": at(NOW) };
      const rollback = await recordRollback(someSettings(), { finished: EARLIER, reported });
      for (const name of AFTER) expect(request(rollback, name).input.lock).toMatchObject({ hosts: [], taken: [] });
    });
  });

  test("restarts all nodes side by side, or one after the other when rolling", async () => {
    const parallel = await buildRollback();
    const rolling = await buildRollback({ restartOrder: "rolling" });
    expect(request(parallel, "restart").input).toMatchObject({ order: "parallel" });
    expect(request(rolling, "restart").input).toMatchObject({ order: "rolling" });
    expect(resource(parallel, "restart").dependencies.sort()).toEqual(["etcd-restore", "lock", "lock-id", "rke-up"]);
  });

  test("verifies by what the restart reported of each node: its clock, and since when its containers must run", async () => {
    const { rancher, restarts } = request(await buildRollback(), "verification").input;
    const of = (node: string) => ({ clock: `clock of ${node}`, since: `etcd of ${node}` });
    expect(restarts).toEqual({ node1: of("node1"), node2: of("node2"), node3: of("node3") });
    expect(rancher).toEqual(someSettings().rancher);
  });

  test("tells the restart what the settings ask for and when the wipe was, where that is known", async () => {
    const always = await buildRollback({ restarts: "always" });
    expect(request(always, "restart").input).toMatchObject({ restarts: "always", wipedAt: WIPED });
    const unseen = await recordRollback(someSettings(), { reported: { "etcd-restore": { wipedAt: undefined } } });
    expect(request(unseen, "restart").input).not.toHaveProperty("wipedAt");
    expect(request(unseen, "restart").input.restarts).toBe("auto");
  });

  test("puts a key of the cluster file into no resource", async () => {
    const { cluster } = someSettings();
    const nodes = cluster.nodes.map((node) => ({ ...node, key: "-----BEGIN SECRET-----" }));
    const rollback = await buildRollback({ cluster: { ...cluster, nodes } });
    expect(JSON.stringify([...rollback.values()])).not.toContain("SECRET");
  });
});
