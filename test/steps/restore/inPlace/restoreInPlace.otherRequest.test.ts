import { describe, expect, test } from "vitest";
import { unfinishedWipe } from "../../../../cluster/rke/unfinishedWipe.ts";
import { breakDocker, dataOf, leftExchange, runningOn } from "../../../support/etcdDocker.ts";
import { BEFORE, EVERYTHING } from "../../../support/inPlaceStep.ts";
import { ID, killed, NEW } from "../../../support/killedInPlace.ts";
import type { SnapshotNode } from "../../../support/snapshotNode.ts";
import { failureOf } from "../../../support/steps.ts";
import { ago } from "../../../support/time.ts";

const EXCHANGED = ["exchanged", "exchanged", "exchanged"] as const;
const OLD_DATA = expect.stringContaining(`.rancher-rollback/${ID}/old`);
const PASSED = { state: "passed-earlier", at: expect.any(String), oldData: OLD_DATA };

describe("another restore than the one that was killed after it had exchanged every host", () => {
  test("that fails before its exchange says that the restored data are in use, and where the old ones are", async () => {
    const { nodes, clusterFile, tools, run } = await killed([...EXCHANGED], { run: 2 });
    breakDocker(nodes[1] as SnapshotNode, "*snapshot?restore*--data-dir?/exchange*");
    const { happened, pointOfNoReturn } = await failureOf(run());
    expect(happened).toEqual(["node2: etcd cannot restore base: no luck with run"]);
    expect(pointOfNoReturn).toEqual(PASSED);
    expect(unfinishedWipe(clusterFile)).toMatchObject({ oldData: OLD_DATA, copy: "safety-0" });
    expect(tools.warned).toEqual([]);
    for (const node of nodes) {
      expect([dataOf(node), dataOf(node, `.rancher-rollback/${ID}/old/member`)]).toEqual([NEW, BEFORE]);
      expect(runningOn(node)).toEqual(EVERYTHING);
    }
  });

  test("whose own exchange is put back says so, too", async () => {
    const { nodes, clusterFile, run } = await killed([...EXCHANGED], { run: 2 });
    nodes[1]?.program("mv", `case $* in */old/member) echo "no space" >&2; exit 1 ;; esac; exec /bin/mv "$@"`);
    expect((await failureOf(run())).pointOfNoReturn).toEqual(PASSED);
    for (const node of nodes) expect(dataOf(node)).toBe(NEW);
    // Nor does the next one forget it, which has to settle only the exchange that was put back.
    breakDocker(nodes[1] as SnapshotNode, "*snapshot?restore*--data-dir?/exchange*");
    expect((await failureOf(run())).pointOfNoReturn).toEqual(PASSED);
    expect(unfinishedWipe(clusterFile)).toMatchObject({ oldData: OLD_DATA });
  });

  test.each([
    ["restarts what only watches", false, 3],
    ["restarts nothing that watches where the revisions were raised", true, 0],
  ])("%s", async (_, bumped, restarts) => {
    const { nodes, run } = await killed([...EXCHANGED], { run: 2 });
    const about = { snapshot: "base", run: 1, startedAt: ago(600), way: "in-place", bumped };
    for (const node of nodes) leftExchange(node, ID, about, {});
    breakDocker(nodes[1] as SnapshotNode, "*snapshot?restore*--data-dir?/exchange*");
    await failureOf(run());
    const restarted = nodes.flatMap(({ argv }) => argv.filter((line) => /restart .*kube-proxy/.test(line)));
    expect(restarted).toHaveLength(restarts);
  });

  test("warns of what does not start again", async () => {
    const { nodes, tools, run } = await killed([...EXCHANGED], { run: 2 });
    breakDocker(nodes[1] as SnapshotNode, "start?kubelet", "*snapshot?restore*--data-dir?/exchange*");
    await failureOf(run());
    expect(tools.warned).toContainEqual(
      expect.stringMatching(/^what an earlier run has stopped does not run again: node2 .*no luck with start/),
    );
  });

  test("is its undo, which renames the old data back", async () => {
    const { nodes, clusterFile, run } = await killed([...EXCHANGED], { snapshot: "safety-0" });
    expect(await run()).toMatchObject({ way: "rename-back" });
    for (const node of nodes) expect([dataOf(node), runningOn(node)]).toEqual([BEFORE, EVERYTHING]);
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
  });
});
