import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kubectl, type LabCluster, rancherVersion, saveSnapshot } from "../../lab/cluster/cluster.ts";
import type { Engine } from "../../lab/engine/engine.ts";
import { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { labConfig, RollbackStack } from "../../lab/rehearsals/rollbackStack.ts";
import { tempFolder } from "../support/folder.ts";
import {
  etcdCreated,
  failure,
  healthyCluster,
  lockedNodes,
  mark,
  marks,
  PRIOR,
  ran,
  removeMarks,
  wholeRollback,
} from "./support.ts";

// One rollback after another on one cluster, each from where the last one ended: a rollback takes minutes.
describe("pulumi up converges", () => {
  const folder = tempFolder();
  const [older, newer] = [1, 2].map((number) => `convergence-${number}-${process.pid}`) as [string, string];
  let cluster: LabCluster;
  let engine: Engine;
  let stack: RollbackStack;
  let safetyCopy = "";

  beforeAll(async () => {
    ({ cluster, engine } = await healthyCluster());
    stack = await RollbackStack.open("test", folder, engine);
    await removeMarks(cluster);
    await mark(cluster, "one");
    await saveSnapshot(cluster, older, console.log);
    await mark(cluster, "two");
    await saveSnapshot(cluster, newer, console.log);
    await mark(cluster, "three");
  });
  afterAll(() => removeMarks(cluster));

  test("without consent up touches nothing, and says what to type", async () => {
    const { acceptDataLossOf: _, ...unconfirmed } = labConfig(cluster, newer, PRIOR);
    const before = await etcdCreated(cluster);
    await stack.configure(unconfirmed);
    expect(await failure(stack.up(console.log))).toContain(`pulumi config set acceptDataLossOf ${newer} --stack test`);
    expect(await lockedNodes(cluster)).toEqual([]);
    expect(await etcdCreated(cluster)).toEqual(before);
  });

  test("a preview plans everything, says what will be lost and touches nothing", async () => {
    await stack.configure(labConfig(cluster, newer, PRIOR));
    const before = await etcdCreated(cluster);
    const previewed = await stack.preview();
    expect(ran(previewed)).toEqual(wholeRollback());
    expect(previewed.announced).toMatchObject({ snapshot: { name: newer }, accepted: true, failedChecks: [] });
    expect(await etcdCreated(cluster)).toEqual(before);
  });

  test("the first up does everything", async () => {
    const first = await stack.up(console.log);
    expect(ran(first)).toEqual(wholeRollback());
    expect(await lockedNodes(cluster)).toEqual([]);
    expect(await marks(cluster)).toEqual(["one", "two"]);
    expect(await rancherVersion(cluster)).toBe(PRIOR);
    expect(first.outputs.rollback?.value).toMatchObject({
      snapshot: newer,
      restore: { rke: "v1.8.0" },
      verification: { verified: true, nodesReady: 3, etcdMembers: 3, rancherVersion: PRIOR },
    });
  });

  test("up again without a change does nothing and says nothing", async () => {
    const again = await stack.up(console.log);
    expect(ran(again)).toEqual([]);
    expect(again.announced).toBeUndefined();
  });

  test("an edited command, a rotated key, other hosts files and waiting times re-run nothing", async () => {
    const before = await etcdCreated(cluster);
    const key = join(folder, "rotated_key");
    copyFileSync(cluster.sshKey, key);
    const original = readFileSync(cluster.clusterFile, "utf8");
    writeFileSync(cluster.clusterFile, `# a comment\n${original.replaceAll(cluster.sshKey, key)}`);
    try {
      expect(original).toContain(cluster.sshKey);
      const changes = {
        waitSeconds: "777",
        rkeSilenceSeconds: "333",
        restartOrder: "rolling",
        restarts: "always",
        allowUnknownHostKeys: "true",
      };
      await stack.configure({ ...labConfig(cluster, newer, PRIOR), ...changes });
      expect(ran(await stack.up(console.log))).toEqual([]);
    } finally {
      writeFileSync(cluster.clusterFile, original);
    }
    expect(await etcdCreated(cluster)).toEqual(before);
  });

  test("a changed Rancher version alone sets the image, verifies, and touches nothing else", async () => {
    const before = await etcdCreated(cluster);
    await stack.configure(labConfig(cluster, newer, "v2.5.7"));
    expect(ran(await stack.up(console.log))).toEqual(["rancher-image-api", "unlock", "verification"]);
    expect(await rancherVersion(cluster)).toBe("v2.5.7");
    expect(await etcdCreated(cluster)).toEqual(before);
  });

  test("a changed snapshot does everything again; when rke up fails on it, Rancher serves, and the cluster stays locked", async () => {
    const broken = join(folder, "rke-without-up");
    writeFileSync(
      broken,
      `#!/bin/sh\n[ "$1" = up ] && { echo 'time="2026-11-27T02:00:00Z" level=fatal msg="no up today"'; exit 1; }\nexec ${cluster.rke} "$@"\n`,
      { mode: 0o755 },
    );
    await stack.configure({ ...labConfig(cluster, older, PRIOR), rkePath: broken });
    const message = await failure(stack.up(console.log));
    expect(message).toContain('Step "Run rke up last" FAILED');
    expect(message).toContain("RKE gave up: no up today");
    expect(message).toContain("pulumi up --stack test");
    expect(await lockedNodes(cluster)).toEqual(["node1", "node2", "node3"]);
  });

  test("another stack is refused meanwhile, with the holder's name, and touches nothing", async () => {
    const before = await etcdCreated(cluster);
    const second = await RollbackStack.open("test", tempFolder(), engine);
    await second.configure(labConfig(cluster, newer, PRIOR));
    const message = await failure(second.up(console.log));
    expect(message).toMatch(/node1: this cluster is being rolled back by \S+@\S+, stack test, to snapshot /);
    expect(message).toMatch(/pulumi config set breakLockOf [0-9a-f]{8} --stack test/);
    expect(await etcdCreated(cluster)).toEqual(before);
    expect(await lockedNodes(cluster)).toEqual(["node1", "node2", "node3"]);
  });

  test("the next up goes on from the failed step, without another restore", async () => {
    const before = await etcdCreated(cluster);
    await stack.configure(labConfig(cluster, older, PRIOR));
    const resumed = await stack.up(console.log);
    expect(resumed.operations["etcd-restore"]).toBe("same");
    expect(ran(resumed)).toEqual(["rke-up-last", "unlock"]);
    expect(await lockedNodes(cluster)).toEqual([]);
    safetyCopy = resumed.outputs.rollback?.value.safetyCopy.name;
    expect(await etcdCreated(cluster)).toEqual(before);
    expect(await marks(cluster)).toEqual(["one"]);
    expect(await rancherVersion(cluster)).toBe(PRIOR);
  });

  test("a rollback that was a mistake is undone by rolling back to its safety copy, with Rancher as it was", async () => {
    const rollback = new CommandLine("test", folder, engine);
    expect((await rollback.roll(["undo"])).record).toMatchObject({ result: "refused" });
    const { code, record } = await rollback.roll(["undo", "--accept-data-loss-of", safetyCopy], console.log);
    expect(code).toBe(0);
    expect(record).toMatchObject({ result: "succeeded", plan: { snapshot: { name: safetyCopy } } });
    expect(await marks(cluster)).toEqual(["one", "two"]);
    expect(await rancherVersion(cluster)).toBe("v2.5.7");
    // The stack's own settings say so now, or the next up would roll back once more.
    expect(ran(await stack.up(console.log))).toEqual([]);
  });

  test("destroy changes nothing on the cluster", async () => {
    const before = await etcdCreated(cluster);
    await stack.destroy();
    expect(await etcdCreated(cluster)).toEqual(before);
    expect(await marks(cluster)).toEqual(["one", "two"]);
    expect(await rancherVersion(cluster)).toBe("v2.5.7");
    const image = "jsonpath={.spec.template.spec.containers[0].image} {.status.availableReplicas}";
    expect(await kubectl(cluster, ["-n", "cattle-system", "get", "deployment", "cattle", "-o", image])).toMatch(
      /^rancher\/rancher:v2\.5\.7 [1-9]/,
    );
  });

  test("up after the destroy restores nothing again, and leaves no lock", async () => {
    const before = await etcdCreated(cluster);
    await stack.configure({ acceptDataLossOf: safetyCopy });
    expect(await failure(stack.up(console.log))).toContain("was restored on this cluster");
    expect(await etcdCreated(cluster)).toEqual(before);
    expect(await marks(cluster)).toEqual(["one", "two"]);
    expect(await lockedNodes(cluster)).toEqual([]);
  });
});
