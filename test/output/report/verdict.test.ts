import { describe, expect, test } from "vitest";
import type { Failure, PointOfNoReturn } from "../../../messages/failure.ts";
import { verdictOf } from "../../../output/report/verdict.ts";
import { somePlan } from "../../plan/somePlan.ts";
import {
  at,
  changes,
  EVERY_KIND,
  failed,
  type Happened,
  planned,
  recordOf,
  refused,
  step,
  unchanged,
} from "./someRecord.ts";

describe("the verdict of a run", () => {
  test.each([
    ["succeeded", "good", "The rollback succeeded", "passed"],
    ["failed", "bad", "The rollback failed", "passed"],
    ["refused", "caution", "The rollback was refused; nothing was started", "not passed"],
    ["interrupted", "caution", "The rollback was stopped on request", "not passed"],
    ["unchanged", "good", "The rollback had nothing to do", "not passed"],
    ["killed", "bad", "The rollback has not ended: it was killed or is still running", "unknown"],
    ["previewed", "neutral", "Preview only: nothing was changed", "not passed"],
  ] as const)("that is %s is %s: %s, the point of no return %s", (kind, tone, headline, state) => {
    expect(verdictOf(EVERY_KIND[kind]())).toMatchObject({ tone, headline, pointOfNoReturn: { state } });
  });

  test("says when the point of no return was passed", () => {
    expect(verdictOf(failed()).pointOfNoReturn.text).toContain("at 03:00:58 UTC, 58 s after the start");
  });

  test("of a preview warns that the rollback would be refused", () => {
    const failedChecks = [{ message: "node2: there is no base", remedy: "fetch it" }];
    const record = { ...EVERY_KIND.previewed(), plan: somePlan({ failedChecks }) };
    expect(verdictOf(record)).toMatchObject({
      tone: "caution",
      headline: "Preview only: nothing was changed; the rollback would be refused",
    });
  });

  test("takes the point of no return from the failure where that has it", () => {
    for (const point of [{ state: "not reached" }, { state: "passed earlier" }] as const) {
      expect(verdictOf(failedRestore(point)).pointOfNoReturn).toEqual({
        state: "not passed",
        text: "the restore stopped before it wiped anything",
      });
    }
    expect(verdictOf(failedRestore({ state: "passed", at: at(15) })).pointOfNoReturn).toMatchObject({
      state: "passed",
      text: expect.stringContaining("15 s after the start"),
    });
  });

  test("does not know of a restore without a wipe in its log", () => {
    const found = recordOf("apply", [changes, planned(), ...step("etcd-restore", 10, 20)]);
    expect(verdictOf(found).pointOfNoReturn.state).toBe("unknown");
  });

  test("calls each command by its name", () => {
    expect(verdictOf({ ...unchanged(), command: "undo" }).headline).toBe("The undo had nothing to do");
  });

  test("does not claim that nothing was wiped when the restore's step was interrupted, as RKE finishes on its own", () => {
    expect(verdictOf(failedRestore({ state: "unknown" })).pointOfNoReturn).toEqual({
      state: "unknown",
      text: "the restore was interrupted, and RKE finishes on its own; its log is in .rancher-rollback/logs, and the next run waits for it",
    });
  });

  test.each([[[]], [["the engine said something of it"]]])(
    "knows that nothing was wiped where the restore's program was never started, whatever was logged: %j",
    (lines) => {
      const restore = step("etcd-restore", 10, 20, lines, true);
      const refused = restore.map(
        ([seconds, event]): Happened =>
          event.event === "step-ended" ? [seconds, { ...event, unstarted: true }] : [seconds, event],
      );
      expect(verdictOf(recordOf("apply", [changes, planned(), ...refused])).pointOfNoReturn.state).toBe("not passed");
      expect(verdictOf(recordOf("apply", [changes, planned(), ...restore])).pointOfNoReturn.state).toBe("unknown");
    },
  );

  test("of a run that continues another one does not forget what that one has wiped", () => {
    const record = { ...refused(), wipedBefore: at(-600) };
    expect(verdictOf(record)).toMatchObject({
      tone: "bad",
      pointOfNoReturn: {
        state: "passed",
        text: "by an earlier run at 2026-11-23 02:50:00 UTC; in this run no restore was started",
      },
    });
  });

  /** A run whose restore has logged a line and failed. */
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
      [21, { event: "run-ended", result: "failed", error: "it failed", failure, undo: [] }],
    ]);
  }
});
