import { duration } from "../../cluster/time.ts";
import { phaseOf } from "../../run/phases.ts";
import type { RunRecord, StepRecord } from "../../run/record.ts";
import { criticalPath } from "./criticalPath.ts";
import { runSeconds, type Span, spansOf } from "./spans.ts";

/** `path`: on the critical path; `beside`: parallel to it. */
export type BarState = "path" | "beside" | "failed" | "running";

export interface Row {
  label: string;
  /** A node's part of the phase above it. */
  ofNode: boolean;
  /** In seconds from the start of the run; none for a planned step that never started. */
  bars: { from: number; to: number; state: BarState }[];
  /** Its duration and how it ended. */
  text: string;
}

export interface Timeline {
  rows: Row[];
  seconds: number;
  /** ISO 8601. */
  startedAt: string;
  /** The point of no return, in seconds from the start. */
  wiped?: number;
}

/** The phases of a run in order, by node where a phase runs on several; also the planned ones that never started. */
export function timelineOf(record: RunRecord): Timeline {
  const seconds = runSeconds(record);
  const path = new Set(criticalPath(record).flatMap(({ steps }) => steps));
  const barOf = (span: Span) => ({ from: span.from, to: span.to, state: stateOf(span.step, path) });
  const rows = phasesOf([...startedPlaces(record), ...missingPlaces(record)])
    .flatMap(rowsOf)
    .map(({ label, ofNode, drawn, all }) => ({ label, ofNode, bars: drawn.map(barOf), text: timeText(all) }));
  const { startedAt } = record;
  if (record.wipedAt === undefined) return { rows, seconds, startedAt };
  const wiped = (Date.parse(record.wipedAt) - Date.parse(startedAt)) / 1000;
  return { rows, seconds, startedAt, wiped: Math.min(Math.max(wiped, 0), seconds) };
}

export function plannedPhases(record: RunRecord): { title: string; nodes: string[] }[] {
  return phasesOf(record.changes.map(placeOf)).map((places) => ({
    title: places[0]?.title ?? "",
    nodes: places.flatMap(({ node }) => node ?? []),
  }));
}

/** The phase that a step is part of, and its time where it has run. */
interface Place {
  title: string;
  number: number;
  node?: string;
  span?: Span;
}

function startedPlaces(record: RunRecord): Place[] {
  return spansOf(record).map((span) => {
    const { step, phase = Number.POSITIVE_INFINITY, title = step, node } = span.step;
    return { title, number: phase, span, ...(node !== undefined && { node }) };
  });
}

function missingPlaces(record: RunRecord): Place[] {
  const started = new Set(record.steps.map(({ step }) => step));
  return record.changes.filter(({ step }) => !started.has(step)).map(placeOf);
}

function placeOf({ step }: { step: string }): Place {
  const { title, number, node } = phaseOf(step) ?? { title: step, number: Number.POSITIVE_INFINITY };
  return { title, number, ...(node !== undefined && { node }) };
}

function phasesOf(places: Place[]): Place[][] {
  const phases = [...Map.groupBy(places, ({ title }) => title).values()];
  return phases.sort(([one], [other]) => {
    const [a, b] = [one?.number ?? 0, other?.number ?? 0];
    return a === b ? 0 : a - b;
  });
}

/** A row for the whole phase, and one for each of its nodes where it has started on several. */
function rowsOf(places: Place[]): { label: string; ofNode: boolean; drawn: Span[]; all: Span[] }[] {
  const [title, nodes] = [places[0]?.title ?? "", [...new Set(places.map(({ node }) => node))]];
  const spansOn = (node: string | undefined) =>
    places.flatMap((place) => (place.node === node ? (place.span ?? []) : []));
  const all = places.flatMap(({ span }) => span ?? []);
  if (nodes.length === 1 || all.length === 0) {
    const on = nodes.filter((node) => node !== undefined).join(", ");
    return [{ label: on ? `${title}, ${on}` : title, ofNode: false, drawn: all, all }];
  }
  return [
    { label: title, ofNode: false, drawn: spansOn(undefined), all },
    ...nodes
      .filter((node) => node !== undefined)
      .map((node) => ({ label: node, ofNode: true, drawn: spansOn(node), all: spansOn(node) })),
  ];
}

function stateOf(step: StepRecord, path: Set<StepRecord>): BarState {
  if (step.failed) return "failed";
  if (step.endedAt === undefined) return "running";
  return path.has(step) ? "path" : "beside";
}

function timeText(spans: Span[]): string {
  const last = spans.at(-1);
  if (!last) return "not started";
  const time = duration(Math.max(...spans.map(({ to }) => to)) - Math.min(...spans.map(({ from }) => from)));
  if (spans.some(({ step }) => step.failed)) return `${time}, failed`;
  if (spans.every(({ step }) => step.skipped)) return "skipped";
  return last.step.endedAt === undefined ? `${time}, not finished` : time;
}
