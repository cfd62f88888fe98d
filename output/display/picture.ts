import { stopwatch } from "../../cluster/time.ts";
import type { Paint } from "./paint.ts";
import type { PhaseState, RunState, StepState } from "./state.ts";

export interface PictureOptions {
  /** Columns. */
  width: number;
  /** ms since 1970. */
  now: number;
  spinner: string;
  paint: Paint;
  /** Seconds that a phase took in earlier runs, by its title. */
  expected: Record<string, number>;
  /** Whether to name the stack: where there are several. */
  named: boolean;
}

/** A stack's run on a terminal: a line per phase, the nodes side by side, and the last line of the log. */
export function picture(state: RunState, given: PictureOptions): string[] {
  // Steps that were running when the run ended no longer run.
  const options = state.end ? { ...given, spinner: "–" } : given;
  const { paint, now, width, named } = options;
  const start = state.beganAt ?? state.startedAt ?? now;
  const lines = state.phases.map((phase, at) => phaseLine(phase, `${at + 1}/${state.phases.length}`, options));
  const head = [named ? paint.strong(state.stack) : "", elapsed(start, state, options)].filter(Boolean).join("  ");
  const noReturn = state.wipedAt === undefined ? [] : [paint.warning("point of no return passed")];
  const log = state.end || !state.lastLine ? [] : [paint.faint(`  ${cut(state.lastLine, width - 3)}`)];
  return [head, ...lines, ...noReturn, ...log];
}

function elapsed(start: number, { phases, end }: RunState, { now, expected, paint }: PictureOptions): string {
  const took = Math.max(0, ((end ? Date.parse(end.at) : now) - start) / 1000);
  if (phases.every(({ steps }) => steps.every(({ state }) => state === "waiting"))) return paint.faint("previewed");
  const usual = phases.map(({ title }) => expected[title]);
  const all = usual.every((one) => one !== undefined) ? usual.reduce((sum, one) => sum + one, 0) : undefined;
  return `${stopwatch(took)}${all === undefined || end ? "" : paint.faint(` of about ${stopwatch(all)}`)}`;
}

function phaseLine({ title, steps }: PhaseState, number: string, options: PictureOptions): string {
  const { paint, expected, width, now } = options;
  const state = phaseState(steps);
  const mark = { waiting: " ", running: options.spinner, done: paint.good("✓"), failed: paint.bad("✗") }[state];
  const usual = expected[title];
  const time =
    state === "waiting"
      ? usual === undefined
        ? ""
        : paint.faint(`about ${stopwatch(usual)}`)
      : `${stopwatch(phaseSeconds(steps, now))}${state === "running" && usual !== undefined ? paint.faint(` of about ${stopwatch(usual)}`) : ""}`;
  const nodes = steps.some(({ node }) => node !== undefined) && state !== "waiting" ? nodesLine(steps, options) : "";
  const text = `${mark} ${paint.faint(number.padStart(5))} ${state === "waiting" ? paint.faint(title) : title}`;
  const room = Math.max(1, Math.min(46, width - 24) - title.length - 8);
  const whole = `${text}${" ".repeat(room)}${time}`;
  return nodes === "" ? whole : `${whole}\n${" ".repeat(8)}${cut(nodes, width - 9)}`;
}

/** Each node once, though it may have several steps of a phase. */
function nodesLine(steps: StepState[], { now, spinner }: PictureOptions): string {
  const nodes = [...Map.groupBy(steps, ({ node }) => node ?? "").entries()];
  return nodes
    .map(([node, own]) => {
      const state = phaseState(own);
      const mark = { waiting: "·", running: spinner, done: "✓", failed: "✗" }[state];
      return `${node} ${mark}${state === "waiting" ? "" : ` ${stopwatch(phaseSeconds(own, now))}`}`;
    })
    .join("   ");
}

function phaseState(steps: StepState[]): StepState["state"] {
  if (steps.some(({ state }) => state === "failed")) return "failed";
  if (steps.every(({ state }) => state === "done")) return "done";
  return steps.every(({ state }) => state === "waiting") ? "waiting" : "running";
}

/** From the first start to the last end. */
function phaseSeconds(steps: StepState[], now: number): number {
  const started = steps.flatMap(({ startedAt, seconds }) =>
    startedAt === undefined ? [] : [{ from: startedAt, to: seconds === undefined ? now : startedAt + seconds * 1000 }],
  );
  if (started.length === 0) return 0;
  return Math.max(0, (Math.max(...started.map(({ to }) => to)) - Math.min(...started.map(({ from }) => from))) / 1000);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
