import { STEP_TABLE, type StepId } from "../messages/steps.ts";

/** A part of a rollback, as it is shown. */
interface Phase {
  id: StepId;
  /** As in "3 of 10". */
  number: number;
  title: string;
  /** The node it happens on, where it is one node's. */
  node?: string;
}

export const PHASES: readonly string[] = STEP_TABLE.map(({ title }) => title);

/** The phase that a step is part of; undefined for resources that are no step. */
export function phaseOf(step: string): Phase | undefined {
  for (const [at, { id, title, resources }] of STEP_TABLE.entries()) {
    const found = resources.exec(step);
    const node = found?.groups?.node;
    if (found) return { id, number: at + 1, title, ...(node && { node }) };
  }
  return undefined;
}
