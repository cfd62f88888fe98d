import * as pulumi from "@pulumi/pulumi";
import { mistakesText } from "../messages/refusal.ts";
import { type Settings, SettingsError } from "../settings/settings.ts";

/**
 * A mistake in the settings is for the operator to fix: a RunError is shown without a stack trace.
 * @param stack as the operator typed it.
 * @throws pulumi.RunError with every mistake that `read` finds.
 */
export function orRunError(read: () => Settings, stack: string): Settings {
  try {
    return read();
  } catch (error) {
    if (error instanceof SettingsError) throw new pulumi.RunError(mistakesText(error.mistakes, stack));
    throw error;
  }
}
