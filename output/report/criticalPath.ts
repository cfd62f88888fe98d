import type { RunRecord, StepRecord } from "../../run/record.ts";
import { runSeconds, type Span, spansOf } from "./spans.ts";

/** A part of the duration of a run: the steps of one name, or a time in which no step of the path ran. */
interface PathPart {
  what: string;
  steps: StepRecord[];
  seconds: number;
  /** The share of the whole run, from 0 to 1. */
  share: number;
}

/**
 * The steps that determined the duration, one after another: backwards from the end of the run, always the step that
 * ended last before the next one started. Making any other step faster would not have ended the run earlier.
 */
export function criticalPath(record: RunRecord): PathPart[] {
  const total = runSeconds(record);
  const path = backwards(spansOf(record), total);
  const [first, last] = [path.at(0), path.at(-1)];
  const part = (what: string, seconds: number, steps: StepRecord[] = []) => ({
    what,
    steps,
    seconds,
    share: total > 0 ? seconds / total : 0,
  });
  if (!first || !last) return total > 0 ? [part("no step ran", total)] : [];
  const between = last.to - first.from - lengthOf(path);
  return [
    part("before the first step", first.from),
    ...[...Map.groupBy(path, ({ step }) => nameOfStep(step))].map(([name, spans]) => {
      const steps = spans.map(({ step }) => step);
      return part(name, lengthOf(spans), steps);
    }),
    part("between the steps", between),
    part("after the last step", total - last.to),
  ].filter(({ steps, seconds }) => steps.length > 0 || seconds >= SHOWN_SECONDS);
}

/** A shorter time without a step would be shown as 0 s. */
const SHOWN_SECONDS = 0.05;

/** A share of the whole, which is 1. */
export function percent(share: number): string {
  return share > 0 && share < 0.005 ? "< 1 %" : `${Math.round(share * 100)} %`;
}

export function nameOfStep({ title, node, step, skipped }: StepRecord): string {
  return `${title ?? step}${node ? `, ${node}` : ""}${skipped ? ", skipped" : ""}`;
}

function lengthOf(spans: Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}

function backwards(spans: Span[], end: number): Span[] {
  const path: Span[] = [];
  for (let at = end; ; ) {
    const before = spans.filter(({ from, to }) => to <= at && from < at);
    if (before.length === 0) return path;
    const latest = before.reduce((one, other) =>
      other.to > one.to || (other.to === one.to && other.from < one.from) ? other : one,
    );
    path.unshift(latest);
    at = latest.from;
  }
}
