import { RESTORE } from "../../messages/steps.ts";
import type { RollbackPlan } from "../../plan/plan.ts";
import type { RunEvent } from "../../run/events.ts";

export type Change = Extract<RunEvent, { event: "changes" }>["steps"][number];

export function runs(changes: Change[], name: string): boolean {
  return changes.some(({ step }) => step === name);
}

/**
 * The failed checks that refuse what was previewed: those of a restore that will run. One that goes on from an earlier run
 * waits for what that run has left.
 */
export function refusingChecks(plan: RollbackPlan | undefined, changes: Change[]): RollbackPlan["failedChecks"] {
  if (!runs(changes, RESTORE)) return [];
  return (plan?.failedChecks ?? []).filter(({ passes }) => !passes || runs(changes, "preflight"));
}
