import { existsSync } from "node:fs";
import { stepFailure } from "../messages/failure.ts";
import { stepIdOf } from "../messages/steps.ts";
import type { StepContext, StepName } from "./contract.ts";

/** Set in the environment of the steps that `rancher-rollback` runs: a file; once it is there, no further step begins. */
export const STOP_VARIABLE = "RANCHER_ROLLBACK_STOP";

/** Between two steps everything is whole: here a rollback may stop. @throws StepFailure once somebody has asked to stop. */
export function stopHere(step: StepName, context: StepContext): void {
  const file = process.env[STOP_VARIABLE];
  if (!file || !existsSync(file)) return;
  throw stepFailure(context, {
    kind: "stopped",
    step: stepIdOf(step, context.resource),
    problems: [],
    happened: ["the run was stopped on request before this step"],
  });
}
