import { describe, expect, test } from "vitest";
import type { Failure, PointOfNoReturn } from "../../../messages/failure.ts";
import { verdictOf } from "../../../output/report/verdict.ts";
import { somePlan } from "../../plan/somePlan.ts";
import { at, changes, EVERY_KIND, failed, planned, recordOf, refused, step, unchanged } from "./someRecord.ts";

describe("the verdict of a run", () => {
  test.each([
    ["succeeded", "good", "The rollback succeeded", "passed"],
    ["failed", "bad", "The rollback failed", "passed"],
    ["refused", "caution", "The rollback was refused; nothing was begun", "not passed"],
    ["interrupted", "caution", "The rollback was stopped on request", "not passed"],
    ["unchanged", "good", "The rollback had nothing to do", "not passed"],
    ["killed", "bad", "The rollback has not ended: it was killed, or is still running", "not known"],
    ["previewed", "neutral", "Preview only, nothing was touched", "not passed"],
  ] as const)("that is %s is %s: %s, the point of no return %s", (kind, tone, headline, state) => {
    expect(verdictOf(EVERY_KIND[kind]())).toMatchObject({ tone, headline, pointOfNoReturn: { state } });
  });

  test("says when the point of no return was passed", () => {
    expect(verdictOf(failed()).pointOfNoReturn.words).toContain("at 03:00:58 UTC, 58 s into the run");
  });

  test("of a preview warns that the rollback would be refused", () => {
    const failedChecks = [{ message: "node2: there is no base", remedy: "fetch it" }];
    const record = { ...EVERY_KIND.previewed(), plan: somePlan({ failedChecks }) };
    expect(verdictOf(record)).toMatchObject({
      tone: "caution",
      headline: "Preview only, nothing was touched; the rollback would be refused",
    });
  });

  test("tells a restore that failed before its wipe from one whose wipe nobody saw", () => {
    for (const point of [{ state: "not reached" }, { state: "passed earlier" }] as const) {
      expect(verdictOf(failedRestore(point)).pointOfNoReturn).toMatchObject({
        state: "not passed",
        words: "the restore stopped before it wiped anything",
      });
    }
    const found = recordOf("apply", [changes, planned(), ...step("etcd-restore", 10, 20)]);
    expect(verdictOf(found).pointOfNoReturn.state).toBe("not known");
  });

  test("calls each command by its name", () => {
    expect(verdictOf({ ...unchanged(), command: "undo" }).headline).toBe("The undo had nothing to do");
  });

  test("does not claim that nothing was wiped when the restore's step was cut off, as RKE goes on", () => {
    expect(verdictOf(failedRestore({ state: "unknown" })).pointOfNoReturn).toEqual({
      state: "not known",
      words:
        "the restore was cut off, and RKE goes on by itself; its log is in .rancher-rollback/logs, and the next run waits for it",
    });
    const notBegun = recordOf("apply", [changes, planned(), ...step("etcd-restore", 10, 20, [], true)]);
    expect(verdictOf(notBegun).pointOfNoReturn.state).toBe("not passed");
  });

  test("of a run that goes on with another does not forget what that one has wiped", () => {
    const record = { ...refused(), wipedBefore: at(-600) };
    expect(verdictOf(record)).toMatchObject({
      tone: "bad",
      pointOfNoReturn: {
        state: "passed",
        words: "by an earlier run, 2026-11-23 02:50:00 UTC; as for this one, this run began no restore",
      },
    });
  });

  /** A run whose restore had begun when it failed. */
  function failedRestore(pointOfNoReturn: PointOfNoReturn) {
    const restore = step("etcd-restore", 10, 20, ["asking all 3 nodes over SSH whether Docker answers"], true);
    const failure: Failure = {
      ...{ kind: "rke", step: "The etcd restore", happened: ["it failed"], done: "the checks", notDone: "the rest" },
      ...{ pointOfNoReturn, remedies: [] },
    };
    return recordOf("apply", [
      changes,
      planned(),
      ...restore,
      [21, { event: "run-ended", result: "failed", error: "it failed", failure, undo: [], after: {} }],
    ]);
  }
});
