import { dateAndTime, duration, timeOfDay } from "../../cluster/time.ts";
import { hasWiped, type PointOfNoReturn, pointOfNoReturnText } from "../../messages/pointOfNoReturn.ts";
import type { Command, Result } from "../../run/events.ts";
import { pointOfNoReturn, restoreEnd } from "../../run/pointOfNoReturn.ts";
import type { RunRecord } from "../../run/record.ts";
import { wayOf } from "./restored.ts";
import { runSeconds } from "./spans.ts";

export interface Verdict {
  tone: "good" | "neutral" | "caution" | "bad";
  headline: string;
  pointOfNoReturn: {
    state: PointOfNoReturn["state"];
    /** Whether this run has wiped, or one that it goes on with; undefined where that is unknown. */
    wiped: boolean | undefined;
    text: string;
  };
}

export function verdictOf(record: RunRecord): Verdict {
  const point = pointOfNoReturn(record);
  const wiped = hasWiped(point);
  return {
    tone: toneOf(record, wiped),
    headline: headlineOf(record),
    pointOfNoReturn: { state: point.state, wiped, text: pointText(record, point) },
  };
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

function toneOf({ result, plan }: RunRecord, wiped: boolean | undefined): Verdict["tone"] {
  if (result === "planned") return plan?.failedChecks.length ? "caution" : "neutral";
  if (result === "succeeded" || result === "unchanged") return "good";
  const harmless = result === "refused" || result === "interrupted";
  return harmless && wiped === false ? "caution" : "bad";
}

function keepsOldData(record: RunRecord): boolean {
  const way = wayOf(record);
  return way === "in-place" || way === "rename-back";
}

/** The point of no return of a run in words, without its state. */
function pointText(record: RunRecord, point: PointOfNoReturn): string {
  switch (point.state) {
    case "passed": {
      const { at } = point;
      const into = duration(Math.min((Date.parse(at) - Date.parse(record.startedAt)) / 1000, runSeconds(record)));
      return `at ${timeOfDay(at)} UTC, ${into} after the start: the data that etcd had until then ${keepsOldData(record) ? "is kept" : "is wiped"}`;
    }
    case "passed-earlier":
      return point.by === "this-run"
        ? "by this run's restore, whose wipe was not seen"
        : `by ${point.by === "earlier-rollback" ? "an earlier rollback" : "an earlier run"}${point.at === undefined ? "" : ` at ${dateAndTime(point.at)}`}; in this run ${endText(record)}`;
    case "unknown":
      if (point.unreadable !== undefined)
        return `perhaps passed: the note of earlier restores, ${point.unreadable}, cannot be read; in this run ${endText(record)}`;
      return point.begun ? pointOfNoReturnText(point) : endText(record);
    case "not-reached":
      return endText(record);
  }
}

function endText(record: RunRecord): string {
  const keeps = keepsOldData(record);
  const end = restoreEnd(record);
  switch (end) {
    case "none":
      return record.command === "plan" ? "a preview changes nothing" : "no restore was started";
    case "harmless":
      return `the restore stopped before it ${keeps ? "exchanged" : "wiped"} anything`;
    case "unseen":
      if (!keeps)
        return "the restore finished, but the wipe was not seen in RKE's log, which is in .rancher-rollback/logs";
      break;
    case "interrupted":
    case "running":
  }
  const interrupted =
    end === "interrupted" ? "the restore was interrupted" : "the restore was running when this record ends";
  // RKE continues after its step was killed, and the next run may find it finished.
  return keeps
    ? `${interrupted}: the next run reads from the etcd hosts how far it got, and finishes it or puts the old data back`
    : `${interrupted}, and RKE finishes on its own; its log is in .rancher-rollback/logs, and the next run waits for it`;
}
