import { describe, expect, test } from "vitest";
import {
  beforeStep,
  hasWiped,
  knownToRun,
  type PointOfNoReturn,
  pointOfNoReturnText,
} from "../../messages/pointOfNoReturn.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { tempFolder } from "../support/folder.ts";

const BEFORE = "2026-11-23T02:00:00.000Z";
const STARTED = "2026-11-23T03:00:00.000Z";
const WIPED = "2026-11-23T03:00:58.000Z";

describe("the point of no return", () => {
  test.each([
    [{ state: "not-reached" }, "not reached; nothing was wiped"],
    [{ state: "passed", at: "15:00" }, "passed at 15:00; the old data are wiped"],
    [
      { state: "passed-earlier" },
      "passed when etcd was restored, by this run or an earlier one; this step wipes nothing.",
    ],
    [
      { state: "passed-earlier", by: "this-run", at: "15:00" },
      "passed at 15:00 by the restore of this run; this step wipes nothing.",
    ],
    [{ state: "passed-earlier", by: "this-run" }, "passed by the restore of this run; this step wipes nothing."],
    [
      { state: "passed-earlier", by: "earlier-run", at: "15:00" },
      "passed at 15:00 by an earlier run that did not finish the rollback.",
    ],
    [
      { state: "passed-earlier", by: "earlier-rollback" },
      "passed by an earlier run, whose restore was verified; this run has wiped nothing.",
    ],
    [
      { state: "passed-earlier", at: "15:00", log: "/logs/1.log" },
      "passed at 15:00 by an earlier restore that did not finish; this run has wiped nothing. RKE's log of it: /logs/1.log",
    ],
    [
      { state: "unknown", line: "FATAL no etcd" },
      "perhaps passed: this release of RKE removes etcd before it prints anything about it. Its last line: FATAL no etcd",
    ],
    [
      { state: "unknown", unreadable: "/restore.json" },
      "perhaps passed: the note of earlier restores, /restore.json, cannot be read; this step has wiped nothing",
    ],
    [
      { state: "unknown" },
      "unknown: the next run reads from the hosts what was done and finishes it; an RKE that is at work ends by itself, its log is in .rancher-rollback/logs",
    ],
  ] as const)("in words: %j", (point, text) => {
    expect(pointOfNoReturnText(point)).toBe(text);
  });

  test("of a step that has not begun is not reached before the restore, and passed after it", () => {
    const clusterFile = clusterFileIn(tempFolder());
    for (const step of ["lock", "await-node", "preflight", "safety-copy", "restore"] as const)
      expect(beforeStep(step, clusterFile)).toEqual({ state: "not-reached" });
    for (const step of ["rke-up", "restart", "wait-for-api", "verify", "rke-up-last", "unlock"] as const)
      expect(beforeStep(step, clusterFile)).toEqual({ state: "passed-earlier" });
  });
});

describe("what a run knows of the point of no return of its failed step", () => {
  const known = (point: PointOfNoReturn, over: Partial<Parameters<typeof knownToRun>[1]> = {}) =>
    knownToRun(point, { startedAt: STARTED, restored: false, ...over });
  const AFTER = { state: "passed-earlier" } as const;

  test("is whose restore it was that a later step comes after", () => {
    expect(known(AFTER, { restored: true, wipedAt: WIPED })).toEqual({ ...AFTER, by: "this-run", at: WIPED });
    expect(known(AFTER, { restored: true })).toEqual({ ...AFTER, by: "this-run" });
    expect(known(AFTER, { wipedBefore: BEFORE })).toEqual({ ...AFTER, by: "earlier-run", at: BEFORE });
  });

  test("is that an earlier rollback has restored, where this one restores nothing anew", () => {
    expect(known(AFTER)).toEqual({ ...AFTER, by: "earlier-rollback" });
  });

  test.each([[{ state: "not-reached" }], [{ state: "unknown" }]] as const)(
    "is that an earlier run has passed it, where the step says %j",
    (point) => {
      expect(known(point, { wipedBefore: BEFORE })).toEqual({ ...AFTER, by: "earlier-run", at: BEFORE });
      expect(known(point)).toEqual(point);
    },
  );

  test("does not take a wipe that may be this run's own for an earlier one's", () => {
    expect(known({ state: "unknown" }, { wipedBefore: WIPED })).toEqual({ state: "unknown" });
  });

  test.each([
    [{ state: "passed", at: WIPED, oldData: "/old" }],
    [{ state: "passed-earlier", at: BEFORE, log: "/logs/1.log" }],
    [{ state: "unknown", line: "FATAL no etcd" }],
    [{ state: "unknown", begun: { at: BEFORE, by: "ops@other" } }],
  ] as const)("changes nothing where the step knows more: %j", (point) => {
    expect(known(point, { wipedBefore: BEFORE, wipedAt: WIPED })).toEqual(point);
  });
});

test("there is something to take back once it is passed, but not of one that was verified before this run", () => {
  const wiped = (point: PointOfNoReturn) => hasWiped(point);
  expect(wiped({ state: "not-reached" })).toBe(false);
  expect(wiped({ state: "unknown" })).toBeUndefined();
  expect(wiped({ state: "passed", at: WIPED })).toBe(true);
  expect(wiped({ state: "passed-earlier", by: "earlier-run", at: BEFORE })).toBe(true);
  expect(wiped({ state: "passed-earlier", by: "earlier-rollback" })).toBe(false);
});
