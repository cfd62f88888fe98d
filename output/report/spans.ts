import type { RunRecord, StepRecord } from "../../run/record.ts";

/** When a step ran, in seconds from the start of the run. */
export interface Span {
  step: StepRecord;
  from: number;
  to: number;
}

export function spansOf(record: RunRecord): Span[] {
  const [start, end] = [Date.parse(record.startedAt), Date.parse(endOf(record))];
  // Clocks are set during a run: no step ends before it starts, or outside of the run.
  const within = (at: string, least: number) => Math.min(Math.max(Date.parse(at), least), end);
  return record.steps.map((step) => {
    const from = within(step.startedAt, start);
    const to = step.endedAt ? within(step.endedAt, from) : end;
    return { step, from: (from - start) / 1000, to: (to - start) / 1000 };
  });
}

/** When the run ended; for one that was killed, the last time that is recorded. */
export function endOf({ endedAt, startedAt, wipedAt, steps, notes }: RunRecord): string {
  if (endedAt) return Date.parse(endedAt) < Date.parse(startedAt) ? startedAt : endedAt;
  const known = [
    startedAt,
    wipedAt,
    ...steps.flatMap((step) => [step.startedAt, step.endedAt]),
    ...notes.map(({ at }) => at),
  ];
  return known.filter((at) => at !== undefined).reduce((last, at) => (Date.parse(at) > Date.parse(last) ? at : last));
}

export function runSeconds(record: RunRecord): number {
  return (Date.parse(endOf(record)) - Date.parse(record.startedAt)) / 1000;
}
