import { duration } from "../../cluster/time.ts";
import { remedyText, undoCommand } from "../../messages/commands.ts";
import type { RunEvent } from "../../run/events.ts";
import { PHASES, phaseOf } from "../../run/phases.ts";
import { verifiedTexts } from "../verifiedText.ts";
import { planScreen, type ScreenOptions } from "./planScreen.ts";

/** An event as lines of text; none for events that are not shown. */
export function linesOf(event: RunEvent, options: Omit<ScreenOptions, "audience">): string[] {
  switch (event.event) {
    case "run-started":
    case "confirmed":
    case "rancher-stopping":
    case "rancher-serving":
    case "rke-log":
    case "wiping":
      return [];
    case "plan":
      return planScreen(event.plan, { ...options, audience: { stack: event.stack, program: "rancher-rollback" } });
    case "changes":
      return event.steps.length === 0 ? [] : [`planned: ${titles(event.steps.map(({ step }) => step)).join(", ")}`];
    case "note":
      return [...event.text.split("\n"), ...remedyLines(event)];
    case "step-started":
      return [headOf(event.step)];
    case "line":
      return [`    ${event.text}`];
    case "step-ended":
      return [`${headOf(event.step)}: ${howEnded(event)}`];
    case "run-ended":
      return endOf(event);
  }
}

function howEnded({ failed, skipped, seconds }: Extract<RunEvent, { event: "step-ended" }>): string {
  if (failed) return `FAILED after ${duration(seconds)}`;
  return skipped ? "skipped" : `done in ${duration(seconds)}`;
}

function headOf(step: string): string {
  const { number, title, node } = phaseOf(step) ?? {};
  return `[${number}/${PHASES.length}] ${title}${node === undefined ? "" : ` on ${node}`}`;
}

function remedyLines({ remedy, stack }: Extract<RunEvent, { event: "note" }>): string[] {
  return remedy === undefined ? [] : [`  → ${remedyText(remedy, { stack })}`];
}

export function endOf(ended: Extract<RunEvent, { event: "run-ended" }>): string[] {
  const { result, error, after, safetyCopy, canBeUndone, report, stack } = ended;
  const facts = verifiedTexts(after).map(({ name, text }) => `${name} ${text}`);
  return [
    "",
    ...(error ? error.split("\n") : []),
    {
      succeeded: "done",
      unchanged: "nothing to do: the cluster matches the settings",
      planned: "changes are planned; nothing was done",
      failed: "FAILED",
      refused: "REFUSED",
      interrupted: "STOPPED on request",
    }[result] + (facts.length > 0 ? `: ${facts.join(", ")}` : ""),
    ...(safetyCopy ? [`safety copy: ${safetyCopy}`] : []),
    ...(canBeUndone ? [`undo: ${undoCommand({ stack })}`] : []),
    ...(report ? [`report: ${report}`] : []),
  ];
}

function titles(steps: string[]): string[] {
  const numbers = [...new Set(steps.flatMap((step) => phaseOf(step)?.number ?? []))].sort((one, other) => one - other);
  return numbers.map((number) => PHASES[number - 1] ?? "");
}
