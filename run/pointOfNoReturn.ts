import { knownToRun, type PointOfNoReturn } from "../messages/pointOfNoReturn.ts";
import { RESTORE } from "../messages/steps.ts";
import type { RunRecord } from "./record.ts";

/**
 * How far a run came with its restore: it started none, none began to wipe, it was interrupted, it has not ended, or it
 * ended and no wipe was seen.
 */
export type RestoreEnd = "none" | "harmless" | "interrupted" | "running" | "unseen";

/** Whether a run has passed the point of no return; for one that has not ended yet, as far as it is recorded. */
export function pointOfNoReturn(record: RunRecord): PointOfNoReturn {
  const { startedAt, wipedAt, wipedBefore, unreadableNote: unreadable, failure } = record;
  if (wipedAt !== undefined) return { state: "passed", at: wipedAt };
  const end = restoreEnd(record);
  // A failure that an earlier release has recorded is only what its step knew.
  const said = failure && knownToRun(failure.pointOfNoReturn, { startedAt, wipedBefore, restored: end === "unseen" });
  if (said?.state === "passed" || said?.state === "passed-earlier") return said;
  if (wipedBefore !== undefined) return { state: "passed-earlier", by: "earlier-run", at: wipedBefore };
  if (said?.state === "unknown" && (said.begun || said.unreadable !== undefined)) return said;
  if (unreadable !== undefined) return { state: "unknown", unreadable };
  if (end === "none" || end === "harmless") return { state: "not-reached" };
  return said?.state === "unknown" ? said : { state: "unknown" };
}

export function restoreEnd({ command, steps, failure }: RunRecord): RestoreEnd {
  const restore = command === "plan" ? undefined : steps.findLast(({ step }) => step === RESTORE);
  if (!restore) return "none";
  const reached = failure?.pointOfNoReturn.state;
  const isHarmless = reached === "not-reached" || reached === "passed-earlier";
  if (restore.failed) return isHarmless || restore.unstarted ? "harmless" : "interrupted";
  return restore.endedAt === undefined ? "running" : "unseen";
}
