import { existsSync } from "node:fs";
import { StepFailure } from "../messages/failure.ts";
import { beforeStep } from "../messages/pointOfNoReturn.ts";
import { titleOf } from "../messages/steps.ts";
import type { StepContext, StepName } from "./contract.ts";

/** Set in the environment of the steps that `rancher-rollback` runs: a file; once it is there, no further step begins. */
export const STOP_VARIABLE = "RANCHER_ROLLBACK_STOP";

/**
 * Between two steps everything is whole: here a rollback may stop.
 * @throws StepFailure once somebody has asked to stop.
 */
export function stopHere(step: StepName, { clusterFile, resource }: StepContext): void {
  const file = process.env[STOP_VARIABLE];
  if (!file || !existsSync(file)) return;
  throw new StepFailure({
    kind: "stopped",
    step: titleOf(resource, step),
    happened: ["the run was stopped on request before this step"],
    done: "the steps before this one, completely",
    notDone: "this step and everything after it",
    pointOfNoReturn: beforeStep(step, clusterFile),
    remedies: [],
    rerun: "continues from this step",
  });
}
