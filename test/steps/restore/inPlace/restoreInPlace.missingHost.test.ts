import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { unfinishedWipe } from "../../../../cluster/rke/unfinishedWipe.ts";
import { breakDocker, dataOf, exchangesOn, runningOn } from "../../../support/etcdDocker.ts";
import { textFile } from "../../../support/folder.ts";
import { BEFORE, EVERYTHING } from "../../../support/inPlaceStep.ts";
import { type Found, ID, killed, NEW } from "../../../support/killedInPlace.ts";
import { rememberedBy } from "../../../support/restores.ts";
import type { SnapshotNode } from "../../../support/snapshotNode.ts";
import { failureOf } from "../../../support/steps.ts";

const OLD_DATA = expect.stringContaining(`.rancher-rollback/${ID}/old`);

/** Lets a node break off while it says what is on it, until the file that is returned is gone. */
function falter(node: SnapshotNode): string {
  node.program("stat", `if [ -e "$here/faltering" ]; then kill -9 $PPID; fi; exec /usr/bin/stat "$@"`);
  return textFile(join(node.root, "faltering"), "");
}

/** Lets a node's container etcd be gone. */
function withoutEtcd(node: SnapshotNode): void {
  breakDocker(node, "inspect*etcd?{{.State.Status}}*");
}

const stateOf = (nodes: SnapshotNode[]) => nodes.map((node) => [dataOf(node), exchangesOn(node), runningOn(node)]);

describe("a restore in place after one that was killed, while a host cannot be read", () => {
  test.each<[string, object]>([
    ["the same restore", {}],
    ["another one", { run: 2 }],
  ])("touches nothing where all others are exchanged, and begins no other: %s", async (_, over) => {
    const { nodes, clusterFile, tools, run } = await killed(["exchanged", "exchanged", "exchanged"], over);
    const faltering = falter(nodes[2] as SnapshotNode);
    const before = stateOf(nodes);
    const failure = await failureOf(run());
    expect(failure).toMatchObject({
      kind: "unreachable",
      happened: [expect.stringMatching(/^node3 \(10\.0\.0\.3\)/)],
      progress: { of: "in-place", data: "exchanged-earlier", hosts: expect.arrayContaining(["node1", "node2"]) },
      pointOfNoReturn: { state: "passed-earlier", oldData: OLD_DATA },
    });
    expect(stateOf(nodes)).toEqual(before);
    expect(tools.wipes).toEqual([]);
    expect(unfinishedWipe(clusterFile)).toMatchObject({ oldData: OLD_DATA });
    rmSync(faltering);
    const { oldData } = await run();
    for (const node of nodes) {
      expect(dataOf(node, `.rancher-rollback/${ID}/old/member`)).toBe(BEFORE);
      expect(runningOn(node)).toEqual(EVERYTHING);
    }
    expect(oldData?.id === ID).toBe(Object.keys(over).length === 0);
  });

  test.each<[Found, Found, Found]>([
    ["exchanged", "prepared", "exchanged"],
    ["half", "half", "half"],
    ["exchanged", "prepared", "prepared"],
    ["exchanged", "none", "none"],
  ])("puts the others back and begins no other, until it is read: %s, %s, %s", async (...found) => {
    const { nodes, clusterFile, run } = await killed(found);
    const faltering = falter(nodes[2] as SnapshotNode);
    expect(await failureOf(run())).toMatchObject({
      happened: [expect.stringMatching(/^node3 \(10\.0\.0\.3\)/)],
      progress: { of: "in-place", data: "put-back", hosts: ["node1", "node2"] },
      pointOfNoReturn: { state: "passed-earlier", oldData: OLD_DATA },
    });
    for (const node of nodes.slice(0, 2)) expect([dataOf(node), exchangesOn(node)]).toEqual([BEFORE, []]);
    expect(unfinishedWipe(clusterFile)).toMatchObject({ oldData: OLD_DATA });
    rmSync(faltering);
    const { oldData } = await run();
    for (const node of nodes) {
      expect(dataOf(node, `.rancher-rollback/${oldData?.id}/old/member`)).toBe(BEFORE);
      expect(exchangesOn(node)).toEqual([oldData?.id]);
    }
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
  });

  test("starts the others and begins no other where none of them is exchanged: it may be", async () => {
    const { nodes, run } = await killed(["prepared", "prepared", "exchanged"]);
    const faltering = falter(nodes[2] as SnapshotNode);
    expect(await failureOf(run())).toMatchObject({
      happened: [expect.stringMatching(/^node3 \(10\.0\.0\.3\)/)],
      pointOfNoReturn: { state: "unknown" },
    });
    for (const node of nodes.slice(0, 2)) expect([dataOf(node), runningOn(node)]).toEqual([BEFORE, EVERYTHING]);
    rmSync(faltering);
    const { oldData } = await run();
    for (const node of nodes) expect(dataOf(node, `.rancher-rollback/${oldData?.id}/old/member`)).toBe(BEFORE);
  });

  test("ends the same way where its container etcd is gone, and says where to look", async () => {
    const { nodes, run } = await killed(["exchanged", "exchanged", "exchanged"]);
    withoutEtcd(nodes[2] as SnapshotNode);
    const before = stateOf(nodes);
    expect(await failureOf(run())).toMatchObject({
      happened: ["node3: there is no container etcd"],
      pointOfNoReturn: { state: "passed-earlier", oldData: OLD_DATA },
      remedies: ["bring it back on node3: docker ps -a --filter name=etcd"],
    });
    expect(stateOf(nodes)).toEqual(before);
    for (const node of nodes) expect(rememberedBy(node)[0]).not.toHaveProperty("finishedAt");
    breakDocker(nodes[2] as SnapshotNode);
    expect(await run()).toMatchObject({ adopted: true, oldData: { id: ID } });
    for (const node of nodes) expect(dataOf(node)).toBe(NEW);
  });

  test("goes on where a new host has nothing of it: the others are put back", async () => {
    const { nodes, clusterFile, ran, run } = await killed(["exchanged", "exchanged", "none"], {
      ...{ restoreWith: "auto", expectedWay: "rke", replaced: ["node0"] },
    });
    withoutEtcd(nodes[2] as SnapshotNode);
    rmSync(join(nodes[2]?.root ?? "", "etcd/member"), { recursive: true });
    expect((await failureOf(run())).kind).toBe("rke");
    for (const node of nodes.slice(0, 2)) expect(dataOf(node)).toBe(BEFORE);
    expect([ran(), unfinishedWipe(clusterFile)]).toEqual([true, undefined]);
  });
});
