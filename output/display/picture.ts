import { stopwatch } from "../../cluster/time.ts";
import type { Paint } from "./paint.ts";
import type { PhaseState, RunState, StepState } from "./state.ts";

export interface Look {
  /** Columns. */
  width: number;
  /** ms since 1970. */
  now: number;
  spinner: string;
  paint: Paint;
  /** Seconds that a phase took in earlier runs, by its title. */
  expected: Record<string, number>;
  /** Whether the stack is named: with several. */
  named: boolean;
}

/** What a terminal shows of one stack's run: a line per phase, the nodes side by side, what is going on now. */
export function picture(state: RunState, given: Look): string[] {
  // What still ran when the run ended runs no more.
  const look = state.end ? { ...given, spinner: "–" } : given;
  const { paint, now, width, named } = look;
  const began = state.beganAt ?? state.startedAt ?? now;
  const lines = state.phases.map((phase, at) => phaseLine(phase, `${at + 1}/${state.phases.length}`, look));
  const head = [named ? paint.strong(state.stack) : "", clock(began, state, look)].filter(Boolean).join("  ");
  const noReturn = state.wipedAt === undefined ? [] : [paint.warning("the point of no return is passed")];
  const going = state.end || !state.lastLine ? [] : [paint.faint(`  ${cut(state.lastLine, width - 3)}`)];
  return [head, ...lines, ...noReturn, ...going];
}

function clock(began: number, { phases, end }: RunState, { now, expected, paint }: Look): string {
  const took = Math.max(0, ((end ? Date.parse(end.at) : now) - began) / 1000);
  if (phases.every(({ steps }) => steps.every(({ state }) => state === "waiting"))) return paint.faint("previewed");
  const known = phases.map(({ title }) => expected[title]);
  const all = known.every((one) => one !== undefined) ? known.reduce((sum, one) => sum + one, 0) : undefined;
  return `${stopwatch(took)}${all === undefined || end ? "" : paint.faint(` of about ${stopwatch(all)}`)}`;
}

function phaseLine({ title, steps }: PhaseState, number: string, look: Look): string {
  const { paint, expected, width, now } = look;
  const state = phaseState(steps);
  const mark = { waiting: " ", running: look.spinner, done: paint.good("✓"), failed: paint.bad("✗") }[state];
  const usual = expected[title];
  const time =
    state === "waiting"
      ? usual === undefined
        ? ""
        : paint.faint(`about ${stopwatch(usual)}`)
      : `${stopwatch(phaseSeconds(steps, now))}${state === "running" && usual !== undefined ? paint.faint(` of about ${stopwatch(usual)}`) : ""}`;
  const nodes = steps.some(({ node }) => node !== undefined) && state !== "waiting" ? nodesLine(steps, look) : "";
  const text = `${mark} ${paint.faint(number.padStart(5))} ${state === "waiting" ? paint.faint(title) : title}`;
  const room = Math.max(1, Math.min(46, width - 24) - title.length - 8);
  const whole = `${text}${" ".repeat(room)}${time}`;
  return nodes === "" ? whole : `${whole}\n${" ".repeat(8)}${cut(nodes, width - 9)}`;
}

/** Each node once, though it may have several steps of a phase. */
function nodesLine(steps: StepState[], { now, spinner }: Look): string {
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

/** From the first beginning to the last end. */
function phaseSeconds(steps: StepState[], now: number): number {
  const begun = steps.flatMap(({ startedAt, seconds }) =>
    startedAt === undefined ? [] : [{ from: startedAt, to: seconds === undefined ? now : startedAt + seconds * 1000 }],
  );
  if (begun.length === 0) return 0;
  return Math.max(0, (Math.max(...begun.map(({ to }) => to)) - Math.min(...begun.map(({ from }) => from))) / 1000);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
