import { describe, expect, test } from "vitest";
import { foundRestore } from "../../cluster/history/note.ts";
import { restore } from "../../steps/restore.ts";
import { copy, isQuiet, restoreStep, WHOLE } from "../support/restoreStep.ts";
import { remember, rememberedBy, restoreRecord } from "../support/restores.ts";
import { snapshotBytes } from "../support/snapshot.ts";
import { failureOf } from "../support/steps.ts";

const FIRST = { name: "safety-0", rancherImage: "rancher/rancher:v2.5.9" };
const BEGUN = restoreRecord({ safetyCopy: FIRST });

/** A restore that another machine has begun by RKE, and whose safety copy is on every host. */
function begunElsewhere(script: string, over = {}) {
  const made = restoreStep(script, over);
  remember(made.nodes, BEGUN);
  for (const node of made.nodes) node.put("safety-0", snapshotBytes(60));
  return made;
}

test("a note that nobody can read any more is not another machine's restore", async () => {
  const { nodes, tools, run } = restoreStep("echo '{' >.rancher-rollback/restore.json; fatal node2 does not answer");
  expect((await failureOf(run())).pointOfNoReturn).toMatchObject({ state: "unknown", unreadable: expect.any(String) });
  expect(nodes.map(isQuiet)).toEqual([true, true, true]);
  expect(tools.notices).toContainEqual({
    message: expect.stringMatching(
      /^kubelet and etcd stay as they are on every node: the note of earlier restores, \S+, cannot be read, and/,
    ),
    remedy: expect.stringMatching(/^put the note right, .*: docker start etcd kubelet$/),
  });
});

describe("a restore by RKE that another machine began", { timeout: 120_000 }, () => {
  test("may have wiped: no failure denies it, nothing is started on a guess, and its safety copy stays the way back", async () => {
    const { nodes, tools, run, clusterFile } = begunElsewhere("fatal node2 does not answer", { saved: copy(200) });
    expect((await failureOf(run())).pointOfNoReturn).toEqual({
      state: "unknown",
      begun: { at: BEGUN.startedAt, by: "ops@laptop" },
    });
    expect(nodes.map(isQuiet)).toEqual([true, true, true]);
    expect(tools.warned.filter((text) => !text.includes("RKE's state file"))).toEqual([
      "an earlier restore did not finish; the old data are in safety-0",
      "kubelet and etcd stay as they are on every node: another machine's restore may have wiped the cluster",
    ]);
    expect(tools.notices.at(-1)?.remedy).toMatch(/^see on that machine .*: docker start etcd kubelet$/);
    for (const node of nodes) {
      expect(rememberedBy(node)).toMatchObject([{ safetyCopy: FIRST, firstStartedAt: BEGUN.startedAt }]);
      expect(node.names().filter((name) => name.startsWith("safety-2"))).toHaveLength(1);
    }
    // This machine's record is the last one now.
    expect(foundRestore(clusterFile)?.by).toBe("ops@laptop");
    expect((await failureOf(run())).pointOfNoReturn.state).toBe("unknown");
  });

  test("leaves its safety copy to a restore that goes without one, in the record and in the report", async () => {
    const { nodes, tools, input, clusterFile } = begunElsewhere(WHOLE);
    const { safetyCopy: _, saved: __, ...without } = input;
    expect((await restore(without, tools)).safetyCopy).toMatchObject({ ...FIRST, nodes: ["node1", "node2", "node3"] });
    for (const node of nodes) {
      expect(rememberedBy(node)).toMatchObject([{ safetyCopy: FIRST, finishedAt: expect.any(String) }]);
    }
    expect(foundRestore(clusterFile)).toBeUndefined();
  });

  test("is named also where a node cannot be reached", async () => {
    const { nodes, run } = restoreStep(WHOLE, {}, { unreachable: [3] });
    remember(nodes, BEGUN);
    const { kind, pointOfNoReturn } = await failureOf(run());
    expect([kind, pointOfNoReturn.state]).toEqual(["unreachable", "unknown"]);
  });
});
