import { stopwatch } from "../../cluster/time.ts";
import { PHASES, phaseOf } from "../../run/phases.ts";
import type { RunRecord, StepRecord } from "../../run/record.ts";
import type { Paint } from "./paint.ts";

export interface PictureOptions {
  /** Columns. */
  width: number;
  /** ms since 1970. */
  now: number;
  spinner: string;
  paint: Paint;
  /** Seconds that a phase took in earlier runs, by its title. */
  expected: Record<string, number>;
  lastLine?: string | undefined;
  /** Whether to name the stack: where there are several. */
  named: boolean;
}

/** A step that is planned, or has begun. */
interface Step {
  node: string | undefined;
  ran: StepRecord | undefined;
}

/** A stack's run on a terminal once a step has begun: a line per phase, the nodes side by side, and the last line of the log. */
export function picture(record: RunRecord, given: PictureOptions): string[] {
  // Steps that were running when the run ended no longer run.
  const options = record.endedAt ? { ...given, spinner: "–" } : given;
  const { paint, width, named, lastLine } = options;
  const phases = phasesOf(record);
  const lines = phases.map(([title, steps], at) => phaseLine(title, steps, `${at + 1}/${phases.length}`, options));
  const titles = phases.map(([title]) => title);
  const head = [named ? paint.strong(record.stack) : "", elapsed(record, titles, options)].filter(Boolean).join("  ");
  const noReturn = record.wipedAt === undefined ? [] : [paint.warning("point of no return passed")];
  const log = record.endedAt || !lastLine ? [] : [paint.faint(`  ${cut(lastLine, width - 3)}`)];
  return [head, ...lines, ...noReturn, ...log];
}

/** The phases in order, each with its steps by node. */
function phasesOf({ changes, steps }: RunRecord): [title: string, steps: Step[]][] {
  const names = [...new Set([...changes, ...steps].map(({ step }) => step))];
  const all = names.map((step) => ({ ...phaseOf(step), ran: steps.findLast((one) => one.step === step) }));
  return PHASES.flatMap((phase): [string, Step[]][] => {
    const own = all.flatMap(({ title, node, ran }) => (title === phase ? [{ node, ran }] : []));
    return own.length > 0 ? [[phase, own.sort(byNode)]] : [];
  });
}

function byNode(one: Step, other: Step): number {
  return (one.node ?? "").localeCompare(other.node ?? "");
}

/** Counted from the first step. */
function elapsed(record: RunRecord, titles: string[], { now, expected, paint }: PictureOptions): string {
  const { steps, startedAt, endedAt } = record;
  const start = Date.parse(steps[0]?.startedAt ?? startedAt);
  const took = Math.max(0, ((endedAt ? Date.parse(endedAt) : now) - start) / 1000);
  const usual = titles.map((title) => expected[title]);
  const all = usual.every((one) => one !== undefined) ? usual.reduce((sum, one) => sum + one, 0) : undefined;
  return `${stopwatch(took)}${all === undefined || endedAt ? "" : paint.faint(` of ${about(all)}`)}`;
}

function about(seconds: number): string {
  return `about ${stopwatch(Math.max(1, Math.round(seconds)))}`;
}

function phaseLine(title: string, steps: Step[], number: string, options: PictureOptions): string {
  const { paint, expected, width, now } = options;
  const state = stateOf(steps);
  const { spinner } = options;
  const mark = { waiting: " ", running: spinner, done: paint.good("✓"), failed: paint.bad("✗"), skipped: "–" }[state];
  const usual = expected[title];
  const usually = (of: string) => (usual === undefined ? "" : paint.faint(`${of}${about(usual)}`));
  const took = () => stopwatch(secondsOf(steps, now));
  const time = {
    waiting: () => usually(""),
    running: () => `${took()}${usually(" of ")}`,
    done: took,
    failed: took,
    skipped: () => "skipped",
  }[state]();
  const nodes = steps.some(({ node }) => node !== undefined) && state !== "waiting" ? nodesLine(steps, options) : "";
  const text = `${mark} ${paint.faint(number.padStart(5))} ${state === "waiting" ? paint.faint(title) : title}`;
  const room = Math.max(1, Math.min(46, width - 24) - title.length - 8);
  const whole = `${text}${" ".repeat(room)}${time}`;
  return nodes === "" ? whole : `${whole}\n${" ".repeat(8)}${cut(nodes, width - 9)}`;
}

/** Each node once, though it may have several steps of a phase. */
function nodesLine(steps: Step[], { now, spinner }: PictureOptions): string {
  const nodes = [...Map.groupBy(steps, ({ node }) => node ?? "").entries()];
  return nodes
    .map(([node, own]) => {
      const state = stateOf(own);
      const mark = { waiting: "·", running: spinner, done: "✓", failed: "✗", skipped: "–" }[state];
      return `${node} ${mark}${state === "waiting" ? "" : ` ${stopwatch(secondsOf(own, now))}`}`;
    })
    .join("   ");
}

function stateOf(steps: Step[]): "waiting" | "running" | "done" | "failed" | "skipped" {
  if (steps.some(({ ran }) => ran?.failed)) return "failed";
  if (steps.every(({ ran }) => ran?.skipped)) return "skipped";
  if (steps.every(({ ran }) => ran?.endedAt !== undefined)) return "done";
  return steps.every(({ ran }) => ran === undefined) ? "waiting" : "running";
}

/** From the first start to the last end, of steps of which one has begun. */
function secondsOf(steps: Step[], now: number): number {
  const ran = steps.flatMap((step) => step.ran ?? []);
  const from = Math.min(...ran.map(({ startedAt }) => Date.parse(startedAt)));
  const to = Math.max(...ran.map(({ endedAt }) => (endedAt === undefined ? now : Date.parse(endedAt))));
  return Math.max(0, (to - from) / 1000);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
