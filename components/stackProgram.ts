import * as pulumi from "@pulumi/pulumi";
import type { Audience } from "../messages/commands.ts";
import type { Guard } from "../plan/restoreGuard.ts";
import type { Settings } from "../settings/settings.ts";
import { readSettings } from "../settings/stackConfig.ts";
import type { Announce } from "./announcement.ts";
import type { ImageTurnArgs } from "./imageTurn.ts";
import { orRunError } from "./orRunError.ts";
import { type RollbackReport, RollbackSteps } from "./rancherRollback.ts";

interface StackProgramOptions {
  announce: Announce;
  /** Who has started it; by default `pulumi`, or a program of somebody's own. */
  audience?: Audience;
  /** What speaks against the restore before anything is locked; by default it reads the etcd hosts. */
  guard?: Guard;
  isUnverified?: ImageTurnArgs["isUnverified"];
  /** Called with the settings before any resource is asked for. */
  begin?: (settings: Settings) => void;
}

/** A stack's outputs, by their names. */
export interface StackOutputs {
  /** What every step reported. */
  rollback: pulumi.Output<RollbackReport>;
}

/**
 * What a stack runs, whether `pulumi`, `rancher-rollback` or the Automation API has started it: a rollback by its config.
 * @throws pulumi.RunError with every mistake in the stack's config.
 */
export function stackProgram({ announce, audience, guard, isUnverified, begin }: StackProgramOptions): StackOutputs {
  const readBy = audience ?? { stack: pulumi.getStack(), program: "pulumi" };
  const settings = orRunError(readSettings, readBy.stack);
  begin?.(settings);
  for (const notice of settings.notes) announce({ kind: "warned", notice });
  const args = { settings, announce, audience: readBy, guard, isUnverified };
  // Frozen, with the output of that name (messages/steps.ts).
  return { rollback: new RollbackSteps("rollback", args).report };
}
