import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SnapshotSource } from "../../cluster/snapshot/source.ts";
import type { StepInput } from "../../steps/contract.ts";
import { preflight } from "../../steps/preflight.ts";
import { pullSnapshot } from "../../steps/pullSnapshot.ts";
import { safetyCopy } from "../../steps/safetyCopy.ts";
import { clusterNode } from "../support/clusterFile.ts";
import { etcdHosts } from "../support/etcdHosts.ts";
import { tempFolder, textFile } from "../support/folder.ts";
import { CATTLE } from "../support/rancher.ts";
import { RKE } from "../support/settings.ts";
import { GENUINE, GENUINE_CONTENT, GENUINE_NAME, rkeZip, sha256 } from "../support/snapshot.ts";
import type { SnapshotNode } from "../support/snapshotNode.ts";
import { failureOf } from "../support/steps.ts";

const STATE = JSON.stringify({ desiredState: { rkeConfig: { kubernetesVersion: "v1.20.15-rancher2-2" } } });
const OLD_RKE = { major: 1, minor: 1, patch: 4, text: "v1.1.4" };

/** Three etcd hosts whose etcd answers. */
function cluster() {
  const { nodes, ...rest } = etcdHosts([1, 2, 3]);
  return { ...rest, nodes: nodes as [SnapshotNode, SnapshotNode, SnapshotNode] };
}

describe("the pull of a snapshot as rke-tools has written it", () => {
  test.each(GENUINE)("of $fixture, from another node and from this machine, proves it", async ({ file, bytes }) => {
    const { nodes, tools } = cluster();
    const [one, two, three] = nodes;
    one.put(file, bytes);
    one.setTime(file, "2026-11-22T23:40:00Z");
    const local = join(tempFolder(), "local");
    writeFileSync(local, bytes);
    const ways: [SnapshotNode, string, SnapshotSource][] = [
      [two, "10.0.0.2", { kind: "node", node: clusterNode() }],
      [three, "10.0.0.3", { kind: "file", path: local }],
    ];
    for (const [node, address, source] of ways) {
      const input = { node: clusterNode({ address }), source, snapshot: GENUINE_NAME };
      const report = await pullSnapshot({ ...input, rkeVersion: RKE, timeoutSeconds: 60 }, tools);
      expect(report).toMatchObject({ fetched: true, file, sha256: sha256(bytes) });
      expect(node.files()).toEqual({ [file]: bytes });
      // A node knows when it was saved, a file on this machine does not.
      expect({ takenAt: undefined, ...report }.takenAt).toBe(
        source.kind === "node" ? "2026-11-22T23:40:00Z" : undefined,
      );
    }
  });
});

describe("the pre-flight checks", () => {
  const input = (over: Partial<StepInput<"preflight">> = {}) => ({
    snapshot: GENUINE_NAME,
    rkeVersion: RKE,
    timeoutSeconds: 60,
    ...over,
  });

  test("take one snapshot for the same on all nodes, however rke-tools keeps it there", async () => {
    for (const at of [0, 3]) {
      const { nodes, tools } = cluster();
      const files = GENUINE.slice(at, at + 3);
      for (const [index, { file, bytes }] of files.entries()) nodes[index]?.put(file, bytes);
      expect((await preflight(input(), tools)).nodes).toEqual(
        files.map(({ file, bytes }, index) => ({
          node: `node${index + 1}`,
          file,
          bytes: bytes.length,
          unpacked: GENUINE_CONTENT.length,
          sha256: sha256(GENUINE_CONTENT),
        })),
      );
    }
  });

  test("prove what the RKE at hand can restore", async () => {
    const { nodes, tools } = cluster();
    for (const node of nodes) node.put(`${GENUINE_NAME}.zip`, rkeZip(GENUINE_NAME, GENUINE_CONTENT));
    expect((await preflight(input(), tools)).nodes).toHaveLength(3);
    expect((await failureOf(preflight(input({ rkeVersion: OLD_RKE }), tools))).happened).toEqual(
      [1, 2, 3].map((number) =>
        expect.stringMatching(`^node${number}: ${GENUINE_NAME}\\.zip was saved by a later RKE`),
      ),
    );
    const first = { major: 0, minor: 1, patch: 7, text: "v0.1.7" };
    expect((await failureOf(preflight(input({ rkeVersion: first }), tools))).happened).toEqual(
      [1, 2, 3].map(() => expect.stringContaining(`RKE before v0.2.5 cannot read ${GENUINE_NAME}.zip`)),
    );
  });
});

describe("the safety copy", () => {
  const input = { hosts: ["node1", "node2", "node3"], rancher: CATTLE, rkeVersion: RKE, timeoutSeconds: 60 };

  test("has RKE's state file of now in it, and is the same zip on every etcd host", async () => {
    const { folder, nodes, tools } = cluster();
    textFile(join(folder, "rancher-cluster.rkestate"), STATE);
    const report = await safetyCopy(input, tools);
    const [zip] = Object.values(nodes[0].files());
    expect(report).toMatchObject({ state: true, sha256: sha256(zip ?? Buffer.alloc(0)) });
    for (const node of nodes) expect(node.files()).toEqual({ [`${report.name}.zip`]: zip });
    expect(tools.warned).toEqual([]);
    expect(readFileSync(join(report.folder, "manifest.json"), "utf8")).toContain('"state": true');
  });

  test.each([
    ["there is no state file", undefined],
    ["the state file is broken", '{"desiredState":'],
    ["the state file is not RKE's", "[]"],
  ])("is plain where %s, and says what that means", async (_, state) => {
    const { folder, nodes, tools } = cluster();
    if (state !== undefined) textFile(join(folder, "rancher-cluster.rkestate"), state);
    const { name, state: isIn } = await safetyCopy(input, tools);
    expect(isIn).toBe(false);
    for (const node of nodes) expect(node.names()).toEqual([name]);
    expect(tools.warned).toEqual([
      `RKE's state file is not in ${name}: a restore of it uses the one beside the cluster file`,
    ]);
  });

  test("is plain for an RKE that would take the state file for the snapshot", async () => {
    const { folder, nodes, tools } = cluster();
    textFile(join(folder, "rancher-cluster.rkestate"), STATE);
    const { name } = await safetyCopy({ ...input, rkeVersion: OLD_RKE }, tools);
    for (const node of nodes) expect(node.names()).toEqual([name]);
    expect(tools.warned).toEqual([]);
  });
});
