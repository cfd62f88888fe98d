import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kubectl, type LabCluster, rancherVersion, saveSnapshot } from "../../lab/cluster.ts";
import { labConfig, type RollbackStack } from "../../lab/rollbackStack.ts";
import {
  etcdCreated,
  failure,
  healthyCluster,
  mark,
  marks,
  openStack,
  PRIOR,
  ran,
  removeMarks,
  temporaryFolder,
  wholeRoad,
} from "./support.ts";

// One road after another on one cluster, each from where the last one ended: a road takes minutes.
describe("pulumi up converges", () => {
  const folder = temporaryFolder();
  const [older, newer] = [1, 2].map((number) => `convergence-${number}-${process.pid}`) as [string, string];
  let cluster: LabCluster;
  let stack: RollbackStack;

  beforeAll(async () => {
    const healthy = await healthyCluster();
    cluster = healthy.cluster;
    stack = await openStack(folder.path, healthy.engine);
    await removeMarks(cluster);
    await mark(cluster, "one");
    await saveSnapshot(cluster, older, console.log);
    await mark(cluster, "two");
    await saveSnapshot(cluster, newer, console.log);
    await mark(cluster, "three");
  });
  afterAll(async () => {
    await removeMarks(cluster);
    folder.remove();
  });

  test("a preview plans the whole road, says what will be lost and touches nothing", async () => {
    await stack.configure(labConfig(cluster, newer, PRIOR));
    const before = await etcdCreated(cluster);
    const previewed = await stack.preview();
    expect(ran(previewed)).toEqual(wholeRoad(cluster));
    expect(previewed.announced).toContain("WILL DESTROY DATA (nothing is done yet)");
    expect(previewed.announced).toContain(newer);
    expect(await etcdCreated(cluster)).toEqual(before);
  });

  test("the first up does the whole road", async () => {
    const first = await stack.up(console.log);
    expect(ran(first)).toEqual(wholeRoad(cluster));
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
    expect(again.announced).toBe("");
  });

  test("an edited command, a rotated key, other hosts files and waiting times re-run nothing", async () => {
    const before = await etcdCreated(cluster);
    const key = join(folder.path, "rotated_key");
    copyFileSync(cluster.sshKey, key);
    const original = readFileSync(cluster.clusterFile, "utf8");
    writeFileSync(cluster.clusterFile, `# a comment\n${original.replaceAll(cluster.sshKey, key)}`);
    try {
      expect(original).toContain(cluster.sshKey);
      const changes = {
        waitSeconds: "777",
        rkeSilenceSeconds: "333",
        restartOrder: "rolling",
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
    expect(ran(await stack.up(console.log))).toEqual(["rancher-image", "rancher-image-api", "verification"].sort());
    expect(await rancherVersion(cluster)).toBe("v2.5.7");
    expect(await etcdCreated(cluster)).toEqual(before);
  });

  test("a changed snapshot does the whole road again; when rke up fails on it, the road stops there", async () => {
    const broken = join(folder.path, "rke-without-up");
    writeFileSync(
      broken,
      `#!/bin/sh\n[ "$1" = up ] && { echo 'level=fatal msg="no up today"'; exit 1; }\nexec ${cluster.rke} "$@"\n`,
      { mode: 0o755 },
    );
    await stack.configure({ ...labConfig(cluster, older, PRIOR), rkePath: broken });
    const message = await failure(stack.up(console.log));
    expect(message).toContain("rke up FAILED");
    expect(message).toContain("RKE gave up: no up today");
    expect(message).toContain("pulumi up --stack test");
  });

  test("the next up goes on from the failed step, without another restore", async () => {
    const before = await etcdCreated(cluster);
    await stack.configure(labConfig(cluster, older, PRIOR));
    const resumed = await stack.up(console.log);
    expect(resumed.operations["etcd-restore"]).toBe("same");
    expect(ran(resumed)).toEqual(expect.arrayContaining(wholeRoad(cluster).filter((step) => step !== "etcd-restore")));
    expect(await etcdCreated(cluster)).toEqual(before);
    expect(await marks(cluster)).toEqual(["one"]);
    expect(await rancherVersion(cluster)).toBe(PRIOR);
  });

  test("destroy changes nothing on the cluster", async () => {
    const before = await etcdCreated(cluster);
    await stack.destroy();
    expect(await etcdCreated(cluster)).toEqual(before);
    expect(await marks(cluster)).toEqual(["one"]);
    expect(await rancherVersion(cluster)).toBe(PRIOR);
    const image = "jsonpath={.spec.template.spec.containers[0].image} {.status.availableReplicas}";
    expect(await kubectl(cluster, ["-n", "cattle-system", "get", "deployment", "cattle", "-o", image])).toMatch(
      /^rancher\/rancher:v2\.5\.8 [1-9]/,
    );
  });
});
