import { dateAndTime, duration, timeOfDay } from "../../cluster/time.ts";
import type { Command, Result } from "../../run/events.ts";
import type { RunRecord } from "../../run/record.ts";
import { runSeconds } from "./spans.ts";

/** What a reader must know first. */
export interface Verdict {
  tone: "good" | "neutral" | "caution" | "bad";
  headline: string;
  pointOfNoReturn: { state: "passed" | "not passed" | "not known"; words: string };
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
  refused: "was refused; nothing was begun",
  interrupted: "was stopped on request",
};

function headlineOf({ command, result, plan }: RunRecord): string {
  if (result === "planned") {
    return `Preview only, nothing was touched${plan?.failedChecks.length ? "; the rollback would be refused" : ""}`;
  }
  return `${NOUNS[command]} ${result ? ENDS[result] : "has not ended: it was killed, or is still running"}`;
}

function toneOf({ result, plan }: RunRecord, state: Verdict["pointOfNoReturn"]["state"]): Verdict["tone"] {
  if (result === "planned") return plan?.failedChecks.length ? "caution" : "neutral";
  if (result === "succeeded" || result === "unchanged") return "good";
  const harmless = result === "refused" || result === "interrupted";
  return harmless && state === "not passed" ? "caution" : "bad";
}

/** Of a run that has not ended yet, what is known so far. */
export function pointOfNoReturnOf(record: RunRecord): Verdict["pointOfNoReturn"] {
  const { command, wipedAt, wipedBefore, steps, failure } = record;
  if (wipedAt) {
    const into = duration(Math.min((Date.parse(wipedAt) - Date.parse(record.startedAt)) / 1000, runSeconds(record)));
    return {
      state: "passed",
      words: `at ${timeOfDay(wipedAt)} UTC, ${into} into the run: what etcd held then is wiped`,
    };
  }
  const notPassed = (words: string) =>
    wipedBefore === undefined
      ? ({ state: "not passed", words } as const)
      : ({
          state: "passed",
          words: `by an earlier run, ${dateAndTime(wipedBefore)}; as for this one, ${words}`,
        } as const);
  if (command === "plan") return notPassed("a preview touches nothing");
  const restore = steps.findLast(({ step, operation }) => step === "etcd-restore" && operation !== "delete");
  if (!restore) return notPassed("this run began no restore");
  const state = failure?.pointOfNoReturn.state;
  if (restore.failed && (state === "not reached" || state === "passed earlier" || restore.lines.length === 0)) {
    return notPassed("the restore stopped before it wiped anything");
  }
  // RKE goes on after its step was killed, and the next run may find it done.
  const cutOff = restore.failed ? "the restore was cut off" : "the restore was running when this record ends";
  const words =
    restore.endedAt && !restore.failed
      ? "the restore ended, but this run did not see RKE wipe; its log is in .rancher-rollback/logs"
      : `${cutOff}, and RKE goes on by itself; its log is in .rancher-rollback/logs, and the next run waits for it`;
  return { state: "not known", words };
}
