import * as pulumi from "@pulumi/pulumi";
import { RancherRollback, type RollbackReport } from "./components/rancherRollback.ts";
import { readSettings, SettingsError, type Settings } from "./settings.ts";

/** Where the program's words go that the engine cannot carry: hooks have no log of their own. */
export type Announce = (text: string) => void;

/** The Pulumi program: the same for the CLI (index.ts) and for the Automation API. */
export function program(announce: Announce = console.log): { rollback: pulumi.Output<RollbackReport> } {
  const settings = settingsOrRunError();
  for (const note of settings.notes) pulumi.log.warn(note);
  return { rollback: new RancherRollback("rollback", { settings, announce }).report };
}

/** A mistake in the config is the operator's to mend: a RunError is shown without a stack trace. */
function settingsOrRunError(): Settings {
  try {
    return readSettings();
  } catch (error) {
    if (error instanceof SettingsError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
