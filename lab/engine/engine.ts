import { mkdir } from "node:fs/promises";
import { delimiter, dirname } from "node:path";
import type { Progress } from "../machine/progress.ts";
import { type CliFrom, getCli } from "./cli.ts";
import { failureHours, retryHint } from "./failures.ts";
import { putLanguageHost } from "./languageHost.ts";
import { home } from "./places.ts";
import { getPlugins, type PluginsFrom } from "./plugins.ts";

/** A Pulumi engine that runs the program: the CLI, its plugins and the folder it keeps its things in. */
export interface Engine {
  pulumi: string;
  cliFrom: CliFrom;
  pluginsFrom: PluginsFrom;
  /** What to set for the CLI and the Automation API. */
  env: Record<string, string>;
}

/** Gets the engine ready: at once where it was ready before, else within minutes. */
export async function getEngine(progress: Progress): Promise<Engine> {
  await mkdir(home, { recursive: true });
  const cli = await getCli(progress);
  const { pulumi, cliFrom } = cli;
  await putLanguageHost(cli);
  const env = {
    PULUMI_HOME: home,
    PATH: [dirname(pulumi), dirname(process.execPath), process.env.PATH].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // A plugin that is missing here is a mistake of ours and no reason to look for it elsewhere.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Nor to take it from the PATH, unseen.
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
  };
  const pluginsFrom = await getPlugins(pulumi, env, progress);
  progress(
    `Pulumi CLI: ${cliFrom}; plugins: ${Object.entries(pluginsFrom)
      .map((plugin) => plugin.join(" "))
      .join(", ")}`,
  );
  if (Object.values(pluginsFrom).includes("stand-in"))
    progress(
      `Official downloads that failed are tried again after ${failureHours} hours, or at once after "${retryHint}"`,
    );
  return { pulumi, cliFrom, pluginsFrom, env };
}

/** What is set for stacks on a file backend in a folder, whatever the person at the keyboard has set. */
export function environmentOf({ env }: Engine, folder: string): Record<string, string> {
  return { ...env, PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: "rehearsal" };
}
