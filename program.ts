import * as pulumi from "@pulumi/pulumi";
import type { Announce } from "./components/announcement.ts";
import { RancherRollback, type RollbackReport } from "./components/rancherRollback.ts";
import { audienceOf } from "./messages/commands.ts";
import { mistakesText } from "./messages/mistakes.ts";
import { paintFor } from "./output/display/paint.ts";
import { planScreen } from "./output/display/planScreen.ts";
import type { RollbackPlan } from "./plan/plan.ts";
import { type Settings, SettingsError } from "./settings/settings.ts";
import { readSettings } from "./settings/stackConfig.ts";

/** The Pulumi program: the same for the CLI (index.ts) and for the Automation API. */
export function program(announce: Announce = announceOnTerminal): { rollback: pulumi.Output<RollbackReport> } {
  const settings = orRunError(readSettings);
  for (const note of settings.notes) pulumi.log.warn(note);
  return { rollback: new RancherRollback("rollback", { settings, announce }).report };
}

/** Under `pulumi` this is no terminal: the engine shows the text indented, as one message. */
export function announceOnTerminal(plan: RollbackPlan): void {
  const look = { width: 80 - ENGINE_INDENT, paint: paintFor(process.stdout), audience: audienceOf(pulumi.getStack()) };
  console.log(planScreen(plan, look).join("\n"));
}

const ENGINE_INDENT = 4;

/** A mistake in the config is for the operator to fix: a RunError is shown without a stack trace. */
export function orRunError(read: () => Settings): Settings {
  try {
    return read();
  } catch (error) {
    if (error instanceof SettingsError)
      throw new pulumi.RunError(mistakesText(error.mistakes, audienceOf(pulumi.getStack()).stack));
    throw error;
  }
}
