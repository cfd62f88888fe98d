import { describe, expect, test } from "vitest";
import type { Failure } from "../../../messages/failure.ts";
import type { PointOfNoReturn } from "../../../messages/pointOfNoReturn.ts";
import { verdictOf } from "../../../output/report/verdict.ts";
import { somePlan } from "../../plan/somePlan.ts";
import {
  at,
  changes,
  EVERY_KIND,
  failed,
  type Happened,
  inPlace,
  killed,
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
    ["refused", "caution", "The rollback was refused; nothing was started", "not-reached"],
    ["interrupted", "caution", "The rollback was stopped on request", "not-reached"],
    ["unchanged", "good", "The rollback had nothing to do", "not-reached"],
    ["killed", "bad", "The rollback has not ended: it was killed or is still running", "unknown"],
    ["previewed", "neutral", "Preview only: nothing was changed", "not-reached"],
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
    expect(verdictOf(failedRestore({ state: "not-reached" })).pointOfNoReturn).toEqual({
      state: "not-reached",
      wiped: false,
      text: "the restore stopped before it wiped anything",
    });
    const earlier = { state: "passed-earlier", at: at(-600), log: "/logs/1.log" } as const;
    expect(verdictOf(failedRestore(earlier)).pointOfNoReturn).toEqual({
      state: "passed-earlier",
      wiped: true,
      text: "by an earlier run at 2026-11-23 02:50:00 UTC; in this run the restore stopped before it wiped anything",
    });
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
      wiped: undefined,
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
      expect(verdictOf(recordOf("apply", [changes, planned(), ...refused])).pointOfNoReturn.state).toBe("not-reached");
      expect(verdictOf(recordOf("apply", [changes, planned(), ...restore])).pointOfNoReturn.state).toBe("unknown");
    },
  );

  test("of a run that continues another one does not forget what that one has wiped", () => {
    const record = { ...refused(), wipedBefore: at(-600) };
    expect(verdictOf(record)).toMatchObject({
      tone: "bad",
      pointOfNoReturn: {
        state: "passed-earlier",
        text: "by an earlier run at 2026-11-23 02:50:00 UTC; in this run no restore was started",
      },
    });
  });

  test("of a run that continues another one does not forget that when its restore is interrupted", () => {
    const record = { ...failedRestore({ state: "unknown" }), wipedBefore: at(-600) };
    expect(verdictOf(record).pointOfNoReturn).toMatchObject({
      state: "passed-earlier",
      text: expect.stringMatching(
        /^by an earlier run at .*; in this run the restore was interrupted, and RKE finishes/,
      ),
    });
  });

  test("of a run that could not read the note of earlier restores claims of none that it has wiped nothing", () => {
    const unreadableNote = "/clusters/.rancher-rollback/restore.json";
    const record = { ...refused(), unreadableNote };
    expect(verdictOf(record)).toMatchObject({
      tone: "bad",
      pointOfNoReturn: {
        ...{ state: "unknown", wiped: undefined },
        text: `perhaps passed: the note of earlier restores, ${unreadableNote}, cannot be read; in this run no restore was started`,
      },
    });
    expect(verdictOf({ ...record, wipedBefore: at(-600) }).pointOfNoReturn.state).toBe("passed-earlier");
  });

  test("of a run whose step could not read that note says so, though no restore was started", () => {
    const failure: Failure = {
      kind: "timeout",
      step: "lock",
      happened: ["no"],
      pointOfNoReturn: { state: "unknown", unreadable: "/restore.json" },
      remedies: [],
    };
    const ended: Happened = [21, { event: "run-ended", result: "failed", error: "no", failure, canBeUndone: false }];
    const { state, text } = verdictOf(recordOf("apply", [changes, ended])).pointOfNoReturn;
    expect([state, text]).toEqual(["unknown", expect.stringContaining("/restore.json, cannot be read")]);
  });

  test("of a run that restores nothing anew says that an earlier rollback has, and has nothing to take back", () => {
    const failure: Failure = {
      kind: "timeout",
      step: "verify",
      happened: ["no"],
      pointOfNoReturn: { state: "passed-earlier" },
      remedies: [],
    };
    const record = recordOf("apply", [
      changes,
      ...step("verification", 10, 20, [], true),
      [21, { event: "run-ended", result: "failed", error: "no", failure, canBeUndone: false }],
    ]);
    expect(verdictOf(record).pointOfNoReturn).toEqual({
      state: "passed-earlier",
      wiped: false,
      text: "by an earlier rollback; in this run no restore was started",
    });
  });

  /** A run whose restore has logged a line and failed. */
  function failedRestore(pointOfNoReturn: PointOfNoReturn) {
    const restore = step("etcd-restore", 10, 20, ["asking all 3 nodes over SSH whether Docker answers"], true);
    const failure: Failure = { kind: "rke", step: "restore", happened: ["it failed"], pointOfNoReturn, remedies: [] };
    return recordOf("apply", [
      changes,
      planned(),
      ...restore,
      [21, { event: "run-ended", result: "failed", error: "it failed", failure, canBeUndone: false }],
    ]);
  }
});

describe("the point of no return of a run in place", () => {
  test("is not known while the exchange may be half done, and the hosts say it", () => {
    const plan = somePlan({ restore: { way: "in-place", reasons: [], expectedSeconds: 25 } });
    const { state, text } = verdictOf({ ...killed(), plan }).pointOfNoReturn;
    expect(state).toBe("unknown");
    expect(text).toContain("reads from the etcd hosts how far it got");
    expect(text).not.toContain("RKE");
  });

  test("is passed at the exchange", () => {
    expect(inPlace().restore?.way).toBe("in-place");
    expect(verdictOf(inPlace()).pointOfNoReturn).toMatchObject({
      state: "passed",
      text: expect.stringMatching(/^at 03:00:40 UTC/),
    });
  });
});
