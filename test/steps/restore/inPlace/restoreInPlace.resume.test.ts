import { describe, expect, test } from "vitest";
import type { RestoreRecord } from "../../../../cluster/history/restores.ts";
import { holderName } from "../../../../cluster/operator.ts";
import { unfinishedWipe } from "../../../../cluster/rke/unfinishedWipe.ts";
import { breakDocker, dataOf, exchangesOn, restoredData, runningOn } from "../../../support/etcdDocker.ts";
import { BEFORE, EVERYTHING, inPlaceStep } from "../../../support/inPlaceStep.ts";
import { type Found, ID, killed, NEW } from "../../../support/killedInPlace.ts";
import { remember, rememberedBy } from "../../../support/restores.ts";
import type { SnapshotNode } from "../../../support/snapshotNode.ts";
import { failureOf } from "../../../support/steps.ts";
import { ago } from "../../../support/time.ts";

/** Its confirmation does not hold any more. */
const YESTERDAY = { startedAt: ago(24 * 3600 + 60) };

describe("a restore in place after one that was killed", () => {
  test.each<[Found, Found, Found]>([
    ["exchanged", "prepared", "prepared"],
    ["exchanged", "half", "prepared"],
    ["half", "half", "half"],
    ["exchanged", "stray", "exchanged"],
    ["exchanged", "exchanged", "exchanged"],
  ])("goes on where a host is exchanged, without a second restore: %s, %s, %s", async (...found) => {
    const { nodes, clusterFile, run } = await killed(found);
    expect(await run()).toMatchObject({ way: "in-place", adopted: true, oldData: { id: ID } });
    for (const node of nodes) {
      expect([dataOf(node), dataOf(node, `.rancher-rollback/${ID}/old/member`)]).toEqual([NEW, BEFORE]);
      expect(runningOn(node)).toEqual(EVERYTHING);
      expect(node.argv.filter((line) => line.includes("snapshot restore /"))).toEqual([]);
      expect(rememberedBy(node)).toMatchObject([{ inPlace: { id: ID }, finishedAt: expect.any(String) }]);
    }
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
    const done = nodes.map((node) => [dataOf(node), exchangesOn(node)]);
    expect(await run()).toMatchObject({ adopted: true });
    expect(nodes.map((node) => [dataOf(node), exchangesOn(node)])).toEqual(done);
  });

  test("is this machine's from then on, whoever began it, and not one that has failed", async () => {
    const { nodes, run } = await killed(
      ["exchanged", "prepared", "prepared"],
      {},
      { holder: "ops@desk", failedAt: ago(60) },
    );
    await run();
    for (const node of nodes) {
      expect(rememberedBy(node)).toMatchObject([{ holder: holderName(), finishedAt: expect.any(String) }]);
      expect(rememberedBy(node)[0]).not.toHaveProperty("failedAt");
    }
  });

  test("goes on even where RKE is asked for by now", async () => {
    const { nodes, ran, run } = await killed(["exchanged", "prepared", "half"], { restoreWith: "rke" });
    expect(await run()).toMatchObject({ way: "in-place" });
    for (const node of nodes) expect(dataOf(node)).toBe(NEW);
    expect(ran()).toBe(false);
  });

  test.each<[Found, Found, Found]>([
    ["prepared", "prepared", "prepared"],
    ["prepared", "none", "none"],
    ["none", "none", "none"],
  ])("starts over where no host is exchanged: %s, %s, %s", async (...found) => {
    const { nodes, run } = await killed(found);
    const { oldData, way } = await run();
    expect(way).toBe("in-place");
    expect(oldData?.id).not.toBe(ID);
    for (const node of nodes) {
      expect(dataOf(node)).toBe(restoredData(oldData?.id ?? ""));
      expect(exchangesOn(node)).toEqual([oldData?.id]);
      expect(runningOn(node)).toEqual(EVERYTHING);
    }
  });

  test("puts the old data back where a host has no new ones, and starts over", async () => {
    const { nodes, tools, run } = await killed(["exchanged", "half", "none"]);
    const { oldData } = await run();
    expect(tools.said).toContainEqual(expect.stringMatching(/\(node1, node2\): it is put back$/));
    for (const node of nodes) {
      expect(dataOf(node)).toBe(restoredData(oldData?.id ?? ""));
      expect(dataOf(node, `.rancher-rollback/${oldData?.id}/old/member`)).toBe(BEFORE);
    }
  });

  test("puts them back where another snapshot is asked for meanwhile", async () => {
    const { nodes, run } = await killed(["exchanged", "prepared", "prepared"], { run: 2 });
    const { oldData } = await run();
    for (const node of nodes) expect(dataOf(node, `.rancher-rollback/${oldData?.id}/old/member`)).toBe(BEFORE);
  });

  test.each<[Found, Found, Found]>([
    ["exchanged", "prepared", "prepared"],
    ["half", "half", "half"],
    ["exchanged", "half", "none"],
  ])("is refused after a day where not every host is exchanged, and touches none: %s, %s, %s", async (...found) => {
    const { nodes, tools, run } = await killed(found, {}, YESTERDAY);
    const before = nodes.map((node) => [dataOf(node), exchangesOn(node), runningOn(node)]);
    expect(await failureOf(run())).toMatchObject({
      kind: "refused",
      happened: [expect.stringContaining("base began on this cluster at ")],
      remedies: [expect.objectContaining({ pulumi: "config set run 2" })],
    });
    expect(nodes.map((node) => [dataOf(node), exchangesOn(node), runningOn(node)])).toEqual(before);
    expect([tools.wipes, tools.rancher]).toEqual([[], []]);
  });

  test("is put back after a day and done anew where another run of it is confirmed", async () => {
    const { nodes, run } = await killed(["exchanged", "prepared", "prepared"], { run: 2 }, YESTERDAY);
    const { oldData } = await run();
    for (const node of nodes) expect(dataOf(node, `.rancher-rollback/${oldData?.id}/old/member`)).toBe(BEFORE);
  });

  test("is finished after a day where every host is exchanged, for nothing more is lost by that", async () => {
    const { nodes, run } = await killed(["exchanged", "exchanged", "exchanged"], {}, YESTERDAY);
    expect(await run()).toMatchObject({ way: "in-place", adopted: true, oldData: { id: ID } });
    for (const node of nodes) expect([dataOf(node), runningOn(node)]).toEqual([NEW, EVERYTHING]);
  });

  test("begins anew after a day where no host is exchanged, for nothing was wiped", async () => {
    const { run } = await killed(["prepared", "none", "none"], {}, YESTERDAY);
    expect((await run()).oldData?.id).not.toBe(ID);
  });

  test("keeps the new data where that fails and they may have been in use", async () => {
    const { nodes, run } = await killed(["exchanged", "exchanged", "exchanged"]);
    breakDocker(nodes[1] as SnapshotNode, "start?etcd");
    expect((await failureOf(run())).pointOfNoReturn).toMatchObject({ state: "passed", oldData: expect.any(String) });
    for (const node of nodes) expect(dataOf(node)).toBe(NEW);
  });
});

test("an undo that was cut off is finished, though the clock of whoever restored before was ahead", async () => {
  const { nodes, run, again } = await inPlaceStep();
  await run();
  for (const node of nodes) remember([node], { ...(rememberedBy(node)[0] as RestoreRecord), startedAt: ago(-600) });
  breakDocker(nodes[1] as SnapshotNode, "start?kubelet");
  const undo = { snapshot: "safety-1" };
  expect((await failureOf(again(undo))).pointOfNoReturn).toMatchObject({ state: "passed" });
  breakDocker(nodes[1] as SnapshotNode);
  expect(await again(undo)).toMatchObject({ way: "rename-back", adopted: true });
  for (const node of nodes) expect([dataOf(node), runningOn(node)]).toEqual([BEFORE, EVERYTHING]);
  // Its run may be cut off once more, after it was recorded as done.
  expect(await again(undo)).toMatchObject({ adopted: true });
});
