import * as pulumi from "@pulumi/pulumi";
import type { Announce } from "./components/announcement.ts";
import { type RollbackReport, RollbackSteps } from "./components/rancherRollback.ts";
import type { Guard } from "./plan/restoreGuard.ts";
import type { Settings } from "./settings/settings.ts";
import { readSettings } from "./settings/stackConfig.ts";
import { announceOnTerminal, orRunError } from "./underPulumi.ts";

export type { Announce, Announced } from "./components/announcement.ts";
export type { RollbackReport } from "./components/rancherRollback.ts";
export type { RollbackPlan } from "./plan/plan.ts";
export type { Settings } from "./settings/settings.ts";

/**
 * The Pulumi program: the same for the CLI (index.ts) and for the Automation API. It reads the stack's config.
 * @param announce takes the plan in a preview, or why it is refused; by default it is printed.
 * @param begins called with the settings before any resource is asked for.
 * @param guard what speaks against the restore before anything is locked; by default it reads the etcd hosts.
 * @returns the stack's outputs.
 * @throws pulumi.RunError with what is wrong in the stack's config.
 *
 * @example
 *     import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
 *     import { program } from "@rancher-rollback/cli/program";
 *
 *     const stack = await LocalWorkspace.selectStack({
 *       projectName: "rancher-rollback",
 *       stackName: "prod",
 *       program: async () => program((announced) => console.log(announced)),
 *     });
 *     await stack.preview();
 */
export function program(
  announce: Announce = announceOnTerminal,
  begins: (settings: Settings) => void = () => {},
  guard?: Guard,
): { rollback: pulumi.Output<RollbackReport> } {
  const settings = orRunError(readSettings);
  begins(settings);
  for (const note of settings.notes) pulumi.log.warn(note);
  // Frozen, with the output of that name (messages/steps.ts).
  return { rollback: new RollbackSteps("rollback", { settings, announce, guard }).report };
}
