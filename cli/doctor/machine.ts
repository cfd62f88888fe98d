import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import semver from "semver";
import { parse, parseDocument } from "yaml";
import { systemErrorText } from "../../cluster/systemError.ts";
import { type Finding, finding } from "../answers.ts";
import { INSTALLED } from "../installed.ts";

export async function machineFindings(): Promise<Finding[]> {
  const [pulumi, ...others] = await Promise.all([
    tool("pulumi", ["pulumi", "version"], "install it: https://www.pulumi.com/docs/install/", recentEnough),
    tool("openssh", ["ssh", "-V"], "install OpenSSH's client"),
    fileLocking(),
  ]);
  return [pulumi, ...(pulumi.level === "ok" ? [await pluginsFinding("pulumi-plugins", PLUGINS)] : []), ...others];
}

/** Every rollback needs these plugins. */
const PLUGINS = ["command", "kubernetes"];

/** Whether the engine has these plugins, in the versions that the SDKs ask for. */
export async function pluginsFinding(check: Finding["check"], names: string[]): Promise<Finding> {
  const { resolve } = createRequire(import.meta.url);
  const wanted = names.map((name) => {
    const { version } = JSON.parse(readFileSync(resolve(`@pulumi/${name}/package.json`), "utf8"));
    return { name, version: version as string };
  });
  const named = (plugins: typeof wanted) => plugins.map(({ name, version }) => `${name} ${version}`).join(", ");
  const listed = await installedPlugins();
  const missing = wanted.filter(
    ({ name, version }) => !listed.some((one) => one.name === name && one.version === version),
  );
  if (missing.length === 0) return finding(check, "ok", named(wanted));
  const message = `not installed yet; the first preview downloads them: ${named(missing)}`;
  const install = missing.map(({ name, version }) => `pulumi plugin install resource ${name} ${version}`).join(" && ");
  return finding(check, "warning", message, `${install}; with --file FILE where get.pulumi.com cannot be reached`);
}

/** None where Pulumi cannot list them: a preview says why. */
async function installedPlugins(): Promise<{ name: string; version?: string }[]> {
  try {
    return JSON.parse((await promisify(execFile)("pulumi", ["plugin", "ls", "--json"])).stdout);
  } catch {
    return [];
  }
}

/** An older Pulumi cannot run the program at all. */
function recentEnough(printed: string): Omit<Finding, "check"> {
  const { requiredPulumiVersion } = parse(readFileSync(join(INSTALLED, "Pulumi.yaml"), "utf8"));
  const version = semver.coerce(printed)?.version;
  if (version === undefined || semver.satisfies(version, requiredPulumiVersion)) return isThere(printed);
  const message = `${printed}, and ${requiredPulumiVersion} is needed`;
  return { level: "failure", message, remedy: "install a later one: https://www.pulumi.com/docs/install/" };
}

const PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE";

/**
 * Whether the backend's secrets can be had without asking: a rollback does not ask for them.
 * @param stackFile the text of the stack's file, where there is one.
 */
export function passphraseFinding(env: NodeJS.ProcessEnv, stackFile = ""): Finding {
  const found = finding.bind(undefined, "passphrase");
  const remedy = `export ${PASSPHRASE}_FILE=FILE, or PULUMI_ACCESS_TOKEN for Pulumi Cloud`;
  const document = parseDocument(stackFile);
  const provider = document.get("secretsprovider");
  if (typeof provider === "string" && provider !== "passphrase")
    return found("ok", `not needed: the secrets are kept by ${provider}`);
  if (env[PASSPHRASE] !== undefined) return found("ok", `${PASSPHRASE} is set`);
  const file = env[`${PASSPHRASE}_FILE`];
  if (file !== undefined) {
    try {
      readFileSync(file);
      return found("ok", `in ${file}`);
    } catch (error) {
      return found("failure", `${PASSPHRASE}_FILE names ${file}: ${systemErrorText(error)}`, remedy);
    }
  }
  const unset = `neither ${PASSPHRASE} nor ${PASSPHRASE}_FILE is set`;
  if (document.has("encryptionsalt")) return found("failure", `the stack's secrets need one, and ${unset}`, remedy);
  if (env.PULUMI_ACCESS_TOKEN) return found("ok", "not needed with PULUMI_ACCESS_TOKEN, which is set");
  return found("warning", `${unset}; a stack of Pulumi Cloud needs none`, remedy);
}

/** @param judge what is made of the first line that it prints. */
async function tool(
  check: Finding["check"],
  [command = "", ...words]: string[],
  remedy: string,
  judge: (printed: string) => Omit<Finding, "check"> = isThere,
): Promise<Finding> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, words);
    return { check, ...judge((stdout || stderr).trim().split("\n")[0] ?? "") };
  } catch {
    return finding(check, "failure", `${command} cannot be run`, remedy);
  }
}

function isThere(printed: string): Omit<Finding, "check"> {
  return { level: "ok", message: printed };
}

async function fileLocking(): Promise<Finding> {
  const [check, remedy] = ["file-locking", "install util-linux or perl"] as const;
  const flock = await tool(check, ["flock", "--version"], remedy);
  const found = flock.level === "ok" ? flock : await tool(check, ["perl", "-e", "print $^V"], remedy);
  return found.level === "ok" ? found : finding(check, "failure", "not found", remedy);
}
