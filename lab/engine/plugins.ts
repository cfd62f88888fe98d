import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attempt } from "../machine/process.ts";
import { type Progress, timed } from "../machine/progress.ts";
import { failedLately, rememberFailure } from "./failures.ts";
import { isLauncher, launcher } from "./launcher.ts";
import { home } from "./places.ts";
import { versions } from "./versions.ts";

const NAMES = ["command", "kubernetes", "aws"] as const;
type PluginName = (typeof NAMES)[number];
/** The official plugin for AWS would make machines there: the lab is a cloud of its own. */
type PluginFrom = "official" | "stand-in" | "the lab's own cloud";
export type PluginsFrom = Record<PluginName, PluginFrom>;

/** Has every plugin installed in the lab's PULUMI_HOME: the official one, or the lab's stand-in for it. */
export async function getPlugins(
  pulumi: string,
  env: Record<string, string>,
  progress: Progress,
): Promise<PluginsFrom> {
  const cli: Cli = (args, timeout) => attempt(pulumi, args, { env: { ...process.env, ...env }, timeout });
  const from = await Promise.all(NAMES.map(async (name) => [name, await getPlugin(name, cli, progress)] as const));
  return Object.fromEntries(from) as PluginsFrom;
}

type Cli = (args: string[], timeout: number) => ReturnType<typeof attempt>;

async function getPlugin(name: PluginName, cli: Cli, progress: Progress): Promise<PluginFrom> {
  const before = await installed(name);
  if (name !== "aws") {
    if (before !== undefined && !isLauncher(before)) return "official";
    if (await installOfficial(name, cli, progress)) return "official";
  }
  // Checked again: the attempt may have taken away what was there.
  if ((await installed(name)) !== launcherOf(name)) await installStandIn(name, cli);
  return name === "aws" ? "the lab's own cloud" : "stand-in";
}

function installed(name: PluginName): Promise<string | undefined> {
  return readFile(executableOf(name), "utf8").catch(() => undefined);
}

async function installOfficial(name: PluginName, cli: Cli, progress: Progress): Promise<boolean> {
  const what = `plugin ${name} ${versions[name]}`;
  if (await failedLately(what)) return false;
  return await timed(progress, `looking for the official ${what}`, async () => {
    // Reinstalled, because a stand-in may be in its place.
    const args = ["plugin", "install", "resource", name, versions[name], "--reinstall"];
    const { code, stderr } = await cli(args, 180_000);
    if (code !== 0) await rememberFailure(what, stderr.trim());
    if (code !== 0) progress(`the official ${what} could not be downloaded: its stand-in is used`);
    return code === 0;
  });
}

async function installStandIn(name: PluginName, cli: Cli): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `pulumi-${name}-`));
  try {
    const executable = join(folder, `pulumi-resource-${name}`);
    await writeFile(executable, launcherOf(name));
    await chmod(executable, 0o755);
    const args = ["plugin", "install", "resource", name, versions[name], "--file", folder, "--reinstall"];
    const { code, stderr } = await cli(args, 60_000);
    if (code !== 0) throw new Error(`the stand-in for the ${name} plugin could not be installed: ${stderr}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function executableOf(name: PluginName): string {
  return join(home, "plugins", `resource-${name}-v${versions[name]}`, `pulumi-resource-${name}`);
}

function launcherOf(name: PluginName): string {
  return launcher(join(import.meta.dirname, "../pulumi-stand-ins", name, "main.ts"));
}
