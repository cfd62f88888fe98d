import type { RunEvent } from "../../run/events.ts";
import { PHASES, phaseOf } from "../../run/phases.ts";

export interface StepState {
  step: string;
  node?: string;
  state: "waiting" | "running" | "done" | "failed";
  /** ms since 1970. */
  startedAt?: number;
  seconds?: number;
}

export interface PhaseState {
  title: string;
  steps: StepState[];
}

/** The state of one stack's run, as it is shown. */
export interface RunState {
  stack: string;
  /** ms since 1970. */
  startedAt?: number;
  /** When the first step of the update started. */
  beganAt?: number;
  phases: PhaseState[];
  /** The last line of the log. */
  lastLine?: string;
  wipedAt?: number;
  end?: Extract<RunEvent, { event: "run-ended" }>;
}

export function newState(stack: string): RunState {
  return { stack, phases: [] };
}

/** The state after an event; the one before stays as it was. */
export function after(state: RunState, event: RunEvent): RunState {
  const at = Date.parse(event.at);
  switch (event.event) {
    case "run-started":
      return { ...state, startedAt: at };
    case "changes":
      return { ...state, phases: phasesOf(event.steps.map(({ step }) => step)) };
    case "step-started": {
      const phases = hasStep(state, event.step)
        ? state.phases
        : phasesOf([...stepsOf(state), event.step], state.phases);
      const changed = { ...state, phases, beganAt: state.beganAt ?? at };
      return withStep(changed, event.step, { state: "running", startedAt: at });
    }
    case "step-ended":
      return withStep(state, event.step, { state: event.failed ? "failed" : "done", seconds: event.seconds });
    case "line":
      return { ...state, lastLine: event.text.trim() };
    case "note":
      return { ...state, lastLine: event.text.trim() };
    case "wiping":
      return { ...state, wipedAt: at };
    case "run-ended":
      return { ...state, end: event };
    case "plan":
    case "confirmed":
    case "rancher-stopping":
    case "rancher-serving":
    case "rke-log":
      return state;
  }
}

/** Steps by phase, in order; steps that are known already keep their state. */
function phasesOf(steps: string[], known: PhaseState[] = []): PhaseState[] {
  const before = known.flatMap((phase) => phase.steps);
  const all = steps.map((step): StepState & { title: string } => {
    const { title = "", node } = phaseOf(step) ?? {};
    const old = before.find((one) => one.step === step);
    return { title, ...(old ?? { step, state: "waiting", ...(node !== undefined && { node }) }) };
  });
  return PHASES.flatMap((title) => {
    const own = all.filter((one) => one.title === title).map(({ title: _, ...step }) => step);
    return own.length > 0 ? [{ title, steps: own.sort(byNode) }] : [];
  });
}

function byNode(one: StepState, other: StepState): number {
  return (one.node ?? "").localeCompare(other.node ?? "");
}

function stepsOf(state: RunState): string[] {
  return state.phases.flatMap(({ steps }) => steps.map(({ step }) => step));
}

function hasStep(state: RunState, step: string): boolean {
  return stepsOf(state).includes(step);
}

function withStep(state: RunState, step: string, changes: Partial<StepState>): RunState {
  const phases = state.phases.map((phase) => ({
    ...phase,
    steps: phase.steps.map((one) => (one.step === step ? { ...one, ...changes } : one)),
  }));
  return { ...state, phases };
}
