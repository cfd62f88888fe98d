import type { RollbackReport } from "../../components/rancherRollback.ts";
import type { Failure } from "../../messages/failure.ts";
import { hasWiped } from "../../messages/pointOfNoReturn.ts";
import { RESTORE } from "../../messages/steps.ts";
import type { Result } from "../../run/events.ts";
import { pointOfNoReturn } from "../../run/pointOfNoReturn.ts";
import type { RunRecord } from "../../run/record.ts";
import type { StepReport } from "../../steps/contract.ts";
import { factsOf, type SavedCopy, type WhyFailed } from "../outcome.ts";
import type { StackState } from "../stackState.ts";
import type { RunEnd } from "./runKeeper.ts";

interface Known {
  record: RunRecord | undefined;
  /** The stack's state before anything was done. */
  before: StackState | undefined;
}

interface Left {
  safetyCopy?: SavedCopy | undefined;
  restore?: StepReport<"restore"> | undefined;
}

/** @param outputs of the stack. Where a run set the image alone, they have the restore and the safety copy of a rollback before. */
export function endOfSuccess(outputs: Record<string, { value: unknown }>, known: Known): RunEnd {
  const { safetyCopy, verification, restore } = (outputs.rollback?.value ?? {}) as Partial<RollbackReport>;
  const left = { verification, ...(canBeUndone(known) && { safetyCopy, restore }) };
  return { result: "succeeded", ...factsOf(left) };
}

export function endOfFailure(result: Result, why: WhyFailed, left: Left, known: Known): RunEnd {
  const wiped = canBeUndone(known, why.failure);
  const restore = wiped ? left.restore : undefined;
  const safetyCopy = left.safetyCopy ?? known.before?.openCopy ?? restore?.safetyCopy;
  return { result, ...why, ...factsOf({ safetyCopy, restore }), ...(!wiped && { canBeUndone: false }) };
}

/** Only where this run has wiped, or one that it goes on with, is there something to take back. */
function canBeUndone({ record, before }: Known, failure?: Failure): boolean {
  if (!record) return false;
  const wiped = hasWiped(pointOfNoReturn({ ...record, ...(failure && { failure }) })) !== false;
  // One that restores anew goes on with nothing.
  const goesOn = before?.isUnfinished === true && !record.changes.some(({ step }) => step === RESTORE);
  return wiped || goesOn;
}
