import { existsSync } from "node:fs";
import { StepFailure } from "../messages/failure.ts";
import { goOn, STOP_VARIABLE } from "../messages/goOn.ts";

const STOPPED = "the run was stopped on request before the step ";

/** Whether a step's story is that it was not begun, as somebody had asked to stop. */
export function tellsStopped(story: string): boolean {
  return story.startsWith(STOPPED);
}

/**
 * Between two steps everything is whole: here the road may end.
 * @throws StepFailure once somebody has asked to stop.
 */
export function stopHere(step: string, stack: string): void {
  const file = process.env[STOP_VARIABLE];
  if (!file || !existsSync(file)) return;
  throw new StepFailure({
    step: `${STOPPED}${step}; it`,
    happened: ["somebody asked to stop"],
    done: "the steps before this one, each to its end",
    notDone: "this step and everything after it",
    pointOfNoReturn: "not passed by this step; the steps before it tell about themselves",
    next: [goOn(stack)],
  });
}
