import { dateAndTime, duration, timeOfDay } from "../../cluster/time.ts";
import { pointOfNoReturnText } from "../../messages/failure.ts";
import { RESTORE } from "../../messages/steps.ts";
import type { Command, Result } from "../../run/events.ts";
import type { RunRecord } from "../../run/record.ts";
import { wayOf } from "./restored.ts";
import { runSeconds } from "./spans.ts";

/** The result of a run, as the headline of its report. */
export interface Verdict {
  tone: "good" | "neutral" | "caution" | "bad";
  headline: string;
  pointOfNoReturn: { state: "passed" | "not passed" | "unknown"; text: string };
}

export function verdictOf(record: RunRecord): Verdict {
  const pointOfNoReturn = pointOfNoReturnOf(record);
  return { tone: toneOf(record, pointOfNoReturn.state), headline: headlineOf(record), pointOfNoReturn };
}

const NOUNS: Record<Command, string> = {
  plan: "The preview",
  apply: "The rollback",
  undo: "The undo",
};

const ENDS: Record<Exclude<Result, "planned">, string> = {
  succeeded: "succeeded",
  unchanged: "had nothing to do",
  failed: "failed",
  refused: "was refused; nothing was started",
  interrupted: "was stopped on request",
};

function headlineOf({ command, result, plan }: RunRecord): string {
  if (result === "planned") {
    return `Preview only: nothing was changed${plan?.failedChecks.length ? "; the rollback would be refused" : ""}`;
  }
  return `${NOUNS[command]} ${result ? ENDS[result] : "has not ended: it was killed or is still running"}`;
}

function toneOf({ result, plan }: RunRecord, state: Verdict["pointOfNoReturn"]["state"]): Verdict["tone"] {
  if (result === "planned") return plan?.failedChecks.length ? "caution" : "neutral";
  if (result === "succeeded" || result === "unchanged") return "good";
  const harmless = result === "refused" || result === "interrupted";
  return harmless && state === "not passed" ? "caution" : "bad";
}

function keepsOldData(record: RunRecord): boolean {
  const way = wayOf(record);
  return way === "in-place" || way === "rename-back";
}

/** Whether a run has passed the point of no return; for one that has not ended yet, as far as it is recorded. */
export function pointOfNoReturnOf(record: RunRecord): Verdict["pointOfNoReturn"] {
  const { command, wipedBefore, steps, failure } = record;
  const reached = failure?.pointOfNoReturn;
  const wipedAt = record.wipedAt ?? (reached?.state === "passed" ? reached.at : undefined);
  if (wipedAt) {
    const into = duration(Math.min((Date.parse(wipedAt) - Date.parse(record.startedAt)) / 1000, runSeconds(record)));
    return {
      state: "passed",
      text: `at ${timeOfDay(wipedAt)} UTC, ${into} after the start: the data that etcd had until then ${keepsOldData(record) ? "is kept" : "is wiped"}`,
    };
  }
  const notPassed = (text: string) =>
    wipedBefore === undefined
      ? ({ state: "not passed", text } as const)
      : ({
          state: "passed",
          text: `by an earlier run at ${dateAndTime(wipedBefore)}; in this run ${text}`,
        } as const);
  if (reached?.state === "unknown" && (reached.begun || reached.unreadable))
    return { state: "unknown", text: pointOfNoReturnText(reached) };
  if (command === "plan") return notPassed("a preview changes nothing");
  const restore = steps.findLast(({ step }) => step === RESTORE);
  if (!restore) return notPassed("no restore was started");
  const isHarmless = reached?.state === "not reached" || reached?.state === "passed earlier";
  if (restore.failed && (isHarmless || restore.unstarted)) {
    return notPassed(`the restore stopped before it ${keepsOldData(record) ? "exchanged" : "wiped"} anything`);
  }
  const interrupted = restore.failed ? "the restore was interrupted" : "the restore was running when this record ends";
  if (keepsOldData(record)) {
    const text = `${interrupted}: the next run reads from the etcd hosts how far it got, and finishes it or puts the old data back`;
    return { state: "unknown", text };
  }
  // RKE continues after its step was killed, and the next run may find it finished.
  const text =
    restore.endedAt && !restore.failed
      ? "the restore finished, but the wipe was not seen in RKE's log, which is in .rancher-rollback/logs"
      : `${interrupted}, and RKE finishes on its own; its log is in .rancher-rollback/logs, and the next run waits for it`;
  return { state: "unknown", text };
}
