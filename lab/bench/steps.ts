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
export function phasesOf(events: readonly RunEvent[], began: number): Steps {
  const phases = new Map<string, Steps[number]>();
  for (const event of events) {
    if (event.event !== "step-started" && event.event !== "step-ended") continue;
    const title = phaseOf(event.step)?.title;
    if (title === undefined) continue;
    const at = Math.max(0, (Date.parse(event.at) - began) / 1000);
    const phase = phases.get(title) ?? { title, start: at, end: at };
    phases.set(title, { ...phase, end: Math.max(phase.end, at) });
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
