import type { Announce } from "./components/announcement.ts";
import { type StackOutputs, stackProgram } from "./components/stackProgram.ts";
import type { Refused } from "./messages/refusal.ts";
import type { RollbackPlan } from "./plan/plan.ts";
import { announceOnTerminal } from "./underPulumi.ts";

export type { Problem, Remedy } from "./cluster/problem.ts";
export type { RollbackReport } from "./components/rancherRollback.ts";
export type { StackOutputs } from "./components/stackProgram.ts";
export type { Refused } from "./messages/refusal.ts";
export type { RollbackPlan } from "./plan/plan.ts";

/** What a program of one's own is told of a rollback. */
export interface ProgramOptions {
  /** Takes the plan that a preview has made; by default it is printed. */
  onPlan?: (plan: RollbackPlan) => void;
  /** Takes why a preview or an update is refused, just before it fails for that; by default the engine's error says it. */
  onRefused?: (refused: Refused) => void;
}

/**
 * The rollback as a whole stack, for Pulumi's Automation API: an inline program, which reads the stack's config
 * (docs/settings.md). Nothing is done before the config confirms the restore that a preview has shown.
 * @returns the stack's outputs.
 * @throws pulumi.RunError with every mistake in the stack's config. A refusal and a step that fails are thrown by the
 * stack's own `preview()` and `up()`.
 *
 * @example
 * import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
 * import { program, type RollbackPlan } from "@rancher-rollback/cli/program";
 *
 * let planned: RollbackPlan | undefined;
 * const stack = await LocalWorkspace.selectStack({
 *   projectName: "rancher-rollback",
 *   stackName: "prod",
 *   program: async () =>
 *     program({
 *       onPlan: (plan) => {
 *         planned = plan;
 *       },
 *     }),
 * });
 * await stack.preview();
 * console.log(planned?.failedChecks);
 */
export function program({ onPlan, onRefused }: ProgramOptions = {}): StackOutputs {
  const print = announceOnTerminal();
  const announce: Announce = (announced) => {
    if (announced.kind === "refused") onRefused?.(announced);
    else if (announced.kind === "plan" && onPlan) onPlan(announced.plan);
    else print(announced);
  };
  return stackProgram({ announce });
}
