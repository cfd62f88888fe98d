import { describe, expect, test } from "vitest";
import { dataOf, exchangesOn, leftExchange, putData, restoredData, runningOn } from "../../../support/etcdDocker.ts";
import { BEFORE, EVERYTHING, inPlaceStep } from "../../../support/inPlaceStep.ts";
import { ID } from "../../../support/killedInPlace.ts";
import { SNAPSHOT } from "../../../support/restoreStep.ts";
import { finishedRecord, remember, rememberedBy, restoreRecord } from "../../../support/restores.ts";
import type { SnapshotNode } from "../../../support/snapshotNode.ts";
import { failureOf } from "../../../support/steps.ts";
import { ago } from "../../../support/time.ts";

const UNDO = { snapshot: "safety-1" };

/** The `mv` of a node that breaks off as soon as it has taken the old data back, and moves nothing from then on. */
const DIES = `if [ -e "$here/dead" ]; then exit 1; fi
/bin/mv "$@"
case $* in *"/old "*/new) : >"$here/dead"; kill -9 $PPID ;; esac`;

describe("an undo that was cut off while it took the old data back", () => {
  test("is done by the next one: the old data of no host are removed", async () => {
    const { nodes, run, again } = await inPlaceStep();
    await run();
    for (const node of nodes) node.put(UNDO.snapshot, SNAPSHOT);
    const dying = nodes[1] as SnapshotNode;
    dying.program("mv", DIES);
    expect((await failureOf(again(UNDO))).pointOfNoReturn).toEqual({ state: "not-reached" });
    expect(exchangesOn(dying)).toHaveLength(2);
    for (const node of nodes) expect(rememberedBy(node)).toHaveLength(2);
    dying.program("mv", `exec /bin/mv "$@"`);
    expect(await again(UNDO)).toMatchObject({ way: "rename-back" });
    for (const node of nodes) expect([dataOf(node), runningOn(node)]).toEqual([BEFORE, EVERYTHING]);
  });

  test.each([
    ["on every host", 3],
    ["on one host", 1],
  ])("is done by the next one where they were taken %s", async (_, taken) => {
    const { nodes, run } = await inPlaceStep(UNDO);
    const safetyCopy = { name: "safety-1", rancherImage: "rancher/rancher:v2.5.9" };
    remember(nodes, finishedRecord({ inPlace: { id: ID }, safetyCopy }));
    remember(nodes, restoreRecord({ ...UNDO, inPlace: { id: "rollback-9" }, startedAt: ago(60) }));
    const about = { run: 1, startedAt: ago(600) };
    for (const [at, node] of nodes.entries()) {
      putData(node, "member", restoredData(ID));
      const isTaken = at < taken;
      leftExchange(node, ID, { ...about, snapshot: "base", way: "in-place" }, isTaken ? {} : { old: BEFORE });
      if (isTaken)
        leftExchange(node, "rollback-9", { ...about, ...UNDO, way: "rename-back", from: ID }, { fresh: BEFORE });
    }
    expect(await run()).toMatchObject({ way: "rename-back" });
    for (const node of nodes) expect([dataOf(node), runningOn(node)]).toEqual([BEFORE, EVERYTHING]);
  });

  test("has its old data put where they were, not removed, by another restore in place", async () => {
    const { nodes, run } = await inPlaceStep();
    const about = { ...UNDO, run: 1, startedAt: ago(30 * 86_400), way: "rename-back", from: "rollback-8" };
    for (const node of nodes) {
      leftExchange(node, "rollback-8", { ...about, from: undefined, way: "in-place" }, {});
      leftExchange(node, "rollback-9", about, { fresh: "1111 9 9" });
    }
    const { oldData } = await run();
    for (const node of nodes) {
      expect(exchangesOn(node)).toEqual([oldData?.id, "rollback-8"].toSorted());
      expect(dataOf(node, ".rancher-rollback/rollback-8/old/member")).toBe("1111 9 9");
    }
  });
});
