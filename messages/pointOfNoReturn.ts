import { z } from "zod";
import { earlierWipe } from "../cluster/rke/earlierWipe.ts";
import { comesAfterRestore, type StepId } from "./steps.ts";
import { oldDataText } from "./unfinishedWipe.ts";

const oldData = z
  .string()
  .optional()
  .describe("where each etcd host keeps the old data after a restore in place: `undo` puts them back");

/** Where a failed step, or a run, stands to the moment after which the cluster's old data are gone. */
export const pointOfNoReturnSchema = z.discriminatedUnion("state", [
  z.object({ state: z.literal("not-reached") }).describe("nothing was wiped; the cluster is as it was"),
  z.object({ state: z.literal("passed"), at: z.iso.datetime(), oldData }).describe("by this step"),
  z
    .object({
      state: z.literal("passed-earlier"),
      by: z
        .enum(["this-run", "earlier-run", "earlier-rollback"])
        .optional()
        .describe(
          "`this-run`: an earlier step of this run. `earlier-run`: a run that did not finish its rollback. `earlier-rollback`: one whose restore was verified; what comes after that may have failed. Absent with `at`: a restore that did not finish. Absent without: a step after the restore, which cannot know whose it was",
        ),
      at: z.iso.datetime().optional(),
      log: z.string().optional(),
      oldData,
    })
    .describe("by an earlier step or run; this step wiped nothing"),
  z
    .object({
      state: z.literal("unknown"),
      line: z.string().optional().describe("RKE's last line, where it has ended"),
      begun: z
        .object({ at: z.iso.datetime(), by: z.string().describe("user@machine") })
        .optional()
        .describe("the restore that another machine began and whose end is not known here; this run has wiped nothing"),
      unreadable: z
        .string()
        .optional()
        .describe("path of the note of earlier restores, which cannot be read; this step has wiped nothing"),
    })
    .describe(
      "the step was cut off while RKE was at work, RKE v0.1.x ended where it wipes before it prints anything, another machine began a restore whose end is not known here, or the note of earlier restores cannot be read",
    ),
]);
export type PointOfNoReturn = z.infer<typeof pointOfNoReturnSchema>;
type PassedEarlier = Extract<PointOfNoReturn, { state: "passed-earlier" }>;

/** What a step after the restore knows: it only runs once etcd was restored, by this run or by one before it. */
export const AFTER_RESTORE = { state: "passed-earlier" } as const satisfies PointOfNoReturn;

/** The point of no return of a step that has wiped nothing itself. */
export function beforeStep(step: StepId, clusterFile: string): PointOfNoReturn {
  return comesAfterRestore(step) ? AFTER_RESTORE : earlierWipe(clusterFile);
}

/** What a run knows of the point of no return beside what its failed step says. */
export interface KnownToRun {
  /** When the run started, ISO 8601. */
  startedAt: string;
  /** When it passed the point of no return, ISO 8601. */
  wipedAt?: string | undefined;
  restored: boolean;
  /** When a rollback that is not finished passed it, ISO 8601, as it is known now. */
  wipedBefore?: string | undefined;
}

/** The point of no return of a failed step, with what its run knows. Never less than what the step says itself. */
export function knownToRun(
  point: PointOfNoReturn,
  { startedAt, wipedAt, restored, wipedBefore }: KnownToRun,
): PointOfNoReturn {
  // What was noted since may be this run's own, and only possible.
  const isEarlier = wipedBefore !== undefined && Date.parse(wipedBefore) < Date.parse(startedAt);
  const earlier = isEarlier && ({ state: "passed-earlier", by: "earlier-run", at: wipedBefore } as const);
  if (isOfStepAfter(point)) {
    if (restored || wipedAt !== undefined) return { ...point, by: "this-run", ...(wipedAt && { at: wipedAt }) };
    return earlier || { ...point, by: "earlier-rollback" };
  }
  const isOpen =
    point.state === "not-reached" || (point.state === "unknown" && point.line === undefined && !point.begun);
  return (isOpen && earlier) || point;
}

function isOfStepAfter(point: PointOfNoReturn): point is PassedEarlier {
  return point.state === "passed-earlier" && point.by === undefined && point.at === undefined;
}

/** Whether there is something to take back of a run, or of one that it goes on with; undefined where that is unknown. */
export function hasWiped(point: PointOfNoReturn): boolean | undefined {
  switch (point.state) {
    case "not-reached":
      return false;
    case "passed":
      return true;
    case "passed-earlier":
      return point.by !== "earlier-rollback";
    case "unknown":
      return undefined;
  }
}

export const STATE_TEXT: Record<PointOfNoReturn["state"], string> = {
  "not-reached": "not reached",
  passed: "passed",
  "passed-earlier": "passed earlier",
  unknown: "unknown",
};

export function pointOfNoReturnText(point: PointOfNoReturn): string {
  switch (point.state) {
    case "not-reached":
      return "not reached; nothing was wiped";
    case "passed":
      return `passed at ${point.at}; ${point.oldData === undefined ? "the old data are wiped" : oldDataText(point.oldData)}`;
    case "passed-earlier":
      return `${passedEarlierText(point)}.${leftText(point)}`;
    case "unknown":
      if (point.unreadable !== undefined) {
        return `perhaps passed: the note of earlier restores, ${point.unreadable}, cannot be read; this step has wiped nothing`;
      }
      if (point.begun) {
        return `perhaps passed: ${point.begun.by} began a restore of this cluster at ${point.begun.at}, and its end is not known here; this run has wiped nothing. RKE's log of it is on that machine, in .rancher-rollback/logs`;
      }
      if (point.line !== undefined) {
        return `perhaps passed: this release of RKE removes etcd before it prints anything about it. Its last line: ${point.line}`;
      }
      return "unknown: the next run reads from the hosts what was done and finishes it; an RKE that is at work ends by itself, its log is in .rancher-rollback/logs";
  }
}

function passedEarlierText({ by, at }: PassedEarlier): string {
  const passed = at === undefined ? "passed" : `passed at ${at}`;
  switch (by) {
    case "this-run":
      return `${passed} by the restore of this run; this step wipes nothing`;
    case "earlier-run":
      return `${passed} by an earlier run that did not finish the rollback`;
    case "earlier-rollback":
      return `${passed} by an earlier run, whose restore was verified; this run has wiped nothing`;
    case undefined:
      return at === undefined
        ? "passed when etcd was restored, by this run or an earlier one; this step wipes nothing"
        : `passed at ${at} by an earlier restore that did not finish; this run has wiped nothing`;
  }
}

function leftText({ log, oldData }: PassedEarlier): string {
  if (oldData !== undefined) return ` The old data are kept in ${oldData} on each etcd host.`;
  return log === undefined ? "" : ` RKE's log of it: ${log}`;
}
