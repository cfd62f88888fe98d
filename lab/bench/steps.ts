import type { RunEvent } from "../../run/events.ts";
import { phaseOf } from "../../run/phases.ts";
import type { Measured } from "./results.ts";

type Steps = Measured["steps"];

/** Steps that a command announces on lines of its output, each until the next one begins. */
export class AnnouncedSteps {
  private readonly steps: Steps = [];
  private readonly announcement: RegExp;

  /** @param announcement its group is the step's title. */
  constructor(announcement: RegExp) {
    this.announcement = announcement;
  }

  line(text: string, seconds: number): void {
    const [, title] = this.announcement.exec(text) ?? [];
    if (title === undefined) return;
    this.end(seconds);
    this.steps.push({ title, start: seconds, end: seconds });
  }

  /** @returns all of them, the last one until `seconds`. */
  end(seconds: number): Steps {
    const last = this.steps.at(-1);
    if (last) last.end = seconds;
    return this.steps;
  }
}

/** When each phase of a run began and ended, in seconds since `began` (ms since 1970): what happens on several nodes is one phase. */
export function phasesOf(moments: readonly { step: string; at: string }[], began: number): Steps {
  const phases = new Map<string, Steps[number]>();
  for (const { step, at } of moments) {
    const title = phaseOf(step)?.title;
    if (title === undefined) continue;
    const seconds = Math.max(0, (Date.parse(at) - began) / 1000);
    const { start, end } = phases.get(title) ?? { start: seconds, end: seconds };
    phases.set(title, { title, start: Math.min(start, seconds), end: Math.max(end, seconds) });
  }
  return [...phases.values()];
}

/** When the verification ended well, in seconds since `began` (ms since 1970). */
export function verifiedAt(events: readonly RunEvent[], began: number): number | undefined {
  const ended = events.findLast(
    (event) => event.event === "step-ended" && event.step === "verification" && !event.failed,
  );
  return ended && (Date.parse(ended.at) - began) / 1000;
}
