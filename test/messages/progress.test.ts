import { describe, expect, test } from "vitest";
import type { Failure } from "../../messages/failure.ts";
import { doneText, notDoneText } from "../../messages/progress.ts";
import { STEP_IDS, type StepId, titleOf } from "../../messages/steps.ts";

const AT = "2026-11-23T15:00:00.000Z";
const AFTER = { state: "passed-earlier" } as const;
const SINCE = "Restore etcd, Restart the components";

function texts(step: StepId, over: Partial<Failure> = {}) {
  const failure = { kind: "check" as const, step, pointOfNoReturn: { state: "not-reached" } as const, ...over };
  return { done: doneText(failure), notDone: notDoneText(failure) };
}

describe("what was done and not done when a step failed", () => {
  test("of the first step is nothing, and neither the restore nor what follows", () => {
    expect(texts("lock")).toEqual({
      done: "nothing that changes the cluster",
      notDone: "this step; Restore etcd and everything after it",
    });
  });

  test.each<[StepId, string, string]>([
    ["await-node", "at most the snapshot folder was created on this node", "this step"],
    ["edit-cluster-file", "the cluster file and everything beside it are as they were", "this step"],
    ["preflight", "nothing that changes the cluster", "this step"],
    ["safety-copy", "parts of the safety copy may be beside the snapshots", "the rest of the safety copy"],
  ])("of %s, before the restore, names no step that this rollback may not have", (step, own, left) => {
    expect(texts(step)).toEqual({
      done: `the steps before this one; ${own}`,
      notDone: `${left}; Restore etcd and everything after it`,
    });
  });

  test.each<[StepId, string, string]>([
    ["wait-for-api", SINCE, "this step; Verify the cluster and everything after it"],
    ["verify", `${SINCE}, Set the Rancher image`, "this step and everything after it"],
    ["unlock", `${SINCE}, Set the Rancher image, Verify the cluster`, "this step"],
  ])("of %s, after the restore, names the steps since the restore", (step, before, notDone) => {
    expect(texts(step, { pointOfNoReturn: AFTER })).toEqual({
      done: `${before}, by this run or an earlier one`,
      notDone,
    });
    const own = { ...AFTER, by: "this-run", at: AT } as const;
    expect(texts(step, { pointOfNoReturn: own }).done).toBe(before);
  });

  test("of rke up says what that does, first or last", () => {
    expect(texts("rke-up", { pointOfNoReturn: AFTER })).toEqual({
      done: "Restore etcd, by this run or an earlier one",
      notDone:
        "the rest of rke up; Restart the components, Set the Rancher image, Verify the cluster and everything after it",
    });
    const last = texts("rke-up-last", { pointOfNoReturn: AFTER });
    expect(last.done).toMatch(/, Verify the cluster, by this run or an earlier one; Rancher served before this step$/);
    expect(last.notDone).toBe(
      "the rest of rke up, which starts recurring snapshots again; another verification and everything after it",
    );
  });

  test("of a run that only sets another image claims no restore", () => {
    for (const step of ["wait-for-api", "verify", "unlock"] as const) {
      const { done } = texts(step, { pointOfNoReturn: { ...AFTER, by: "earlier-rollback", at: AT } });
      expect(done).toBe("the steps of this run before this one");
    }
  });

  test("never names a step that some rollbacks go without", () => {
    const optional = (
      ["await-node", "pull-snapshot", "edit-cluster-file", "safety-copy", "rke-up", "rke-up-last"] as const
    ).map(titleOf);
    for (const step of STEP_IDS) {
      for (const kind of ["check", "stopped", "cut-off"] as const) {
        const { done, notDone } = texts(step, { kind, pointOfNoReturn: AFTER });
        for (const title of optional) expect(`${done}; ${notDone}`).not.toContain(title);
      }
    }
  });

  test("of a step after the restore that found another run at work in its folder is nothing of it", () => {
    for (const step of ["rke-up", "restart", "wait-for-api", "rke-up-last"] as const) {
      const pointOfNoReturn = { state: "passed-earlier" } as const;
      const ended = { kind: "busy", step, pointOfNoReturn };
      expect(doneText(ended)).toMatch(/; nothing of this step$/);
      expect(notDoneText(ended)).toMatch(/^this step\b/);
    }
  });

  test("of a step that was stopped before it began is all before it and nothing of it", () => {
    const kind = "stopped";
    expect(texts("lock", { kind }).done).toBe("nothing of this step");
    expect(texts("safety-copy", { kind })).toEqual({
      done: "the steps before this one; nothing of this step",
      notDone: "this step; Restore etcd and everything after it",
    });
    expect(texts("restart", { kind, pointOfNoReturn: AFTER }).done).toBe(
      "Restore etcd, by this run or an earlier one; nothing of this step",
    );
  });

  test("of a step that found its lock taken is all before it and nothing of it, unless it is to take the lock itself", () => {
    const kind = "locked";
    expect(texts("rke-up", { kind, pointOfNoReturn: AFTER })).toEqual({
      done: "Restore etcd, by this run or an earlier one; nothing of this step",
      notDone: "this step; Restart the components, Set the Rancher image, Verify the cluster and everything after it",
    });
    expect(texts("rke-up-last", { kind, pointOfNoReturn: AFTER }).notDone).toBe("this step and everything after it");
    expect(texts("lock", { kind }).done).toBe("nothing that changes the cluster");
  });

  test("of a step that was cut off is what its lines show, and the rest of it was not done", () => {
    expect(texts("restore", { kind: "cut-off", pointOfNoReturn: { state: "unknown" } })).toEqual({
      done: "the steps before this one; of this one, what its last lines show",
      notDone: "the rest of this step and everything after it",
    });
    expect(texts("preflight", { kind: "cut-off" }).notDone).toBe(
      "the rest of this step; Restore etcd and everything after it",
    );
  });
});

describe("what a restore has done that failed", () => {
  const PASSED = { state: "passed", at: AT } as const;
  const ofRestore = (
    progress: Failure["progress"],
    pointOfNoReturn: Failure["pointOfNoReturn"] = { state: "not-reached" },
  ) => texts("restore", { progress, pointOfNoReturn });

  test("before RKE ran is nothing", () => {
    expect(texts("restore")).toEqual({
      done: "the steps before this one; nothing that changes the cluster",
      notDone: "this step and everything after it",
    });
  });

  test("by RKE before the wipe may have stopped etcd, and tells of RKE's state file", () => {
    const { done } = ofRestore({ of: "rke", etcd: "stopped", stateFile: "put-back" });
    expect(done).toMatch(
      /; RKE connected to the nodes; it may have stopped etcd on a node; the state file, which RKE had rewritten, is as it was before$/,
    );
    const removed = { of: "rke", etcd: "removed", stateFile: "unchanged" } as const;
    expect(ofRestore(removed, { state: "unknown" }).done).toMatch(/; it may have removed etcd from a node$/);
  });

  test("by RKE after the wipe leaves a cluster that is not usable", () => {
    expect(ofRestore({ of: "rke", etcd: "wiped", stateFile: "unchanged" }, PASSED)).toEqual({
      done: "the steps before this one; RKE began to wipe and restore; the cluster is not usable in this state",
      notDone: "the rest of this step and everything after it",
    });
    expect(ofRestore(undefined, PASSED).done).toBe(
      "the steps before this one; the wipe; whether it was restored, its log tells",
    );
  });

  test.each([
    ["untouched", "nothing that changes the cluster"],
    [
      "prepared",
      "nothing that changes the cluster: nothing was stopped, and the data beside those of etcd are removed",
    ],
    [
      "not-exchanged",
      "nothing permanent: no data were exchanged on node1, node2; what was restored beside them is removed, and what was stopped there was started again",
    ],
    ["put-back", "the old data are back on node1, node2, and what was stopped there was started again"],
    ["exchanged", "etcd has the restored data on node1, node2"],
    [
      "exchanged-earlier",
      "an earlier run has exchanged the data of etcd on node1, node2; what it stopped may still be stopped",
    ],
  ] as const)("in place, %s, names the hosts of which it is known", (data, text) => {
    expect(ofRestore({ of: "in-place", data, hosts: ["node1", "node2"] }).done).toBe(
      `the steps before this one; ${text}`,
    );
  });

  test("in place claims nothing where nothing is known of any host, and no half restore where the old data are back", () => {
    expect(ofRestore({ of: "in-place", data: "put-back", hosts: [] }, PASSED)).toEqual({
      done: "the steps before this one; nothing that is known for certain",
      notDone: "this step and everything after it",
    });
  });
});

test("a restart names the nodes that are done, those that wait for the API, and the others", () => {
  const progress: Failure["progress"] = { of: "restart", done: ["node2"], components: ["node1"], left: ["node3"] };
  const own = { ...AFTER, by: "this-run" } as const;
  expect(texts("restart", { progress, pointOfNoReturn: own })).toEqual({
    done: "Restore etcd; the restart on node2; the Kubernetes components on node1",
    notDone:
      "the restart on node3; the network and Rancher on node1; Set the Rancher image, Verify the cluster and everything after it",
  });
});
