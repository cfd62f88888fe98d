import { accessSync, constants, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { parseDocument } from "yaml";
import { shellWord } from "../../cluster/shell.ts";
import { systemErrorText } from "../../cluster/systemError.ts";
import { answer, type InitNext } from "../answers.ts";
import { INSTALLED } from "../installed.ts";
import type { InitOptions } from "../options.ts";
import { projectOf } from "../project.ts";
import { hasBackend } from "../pulumiLogin.ts";
import { Refusal } from "../refusal.ts";

/** Writes the files that a rollback is configured in, into the project's folder; none that is there is changed. */
export async function init({ stack, scenario, json }: InitOptions): Promise<number> {
  const { folder, stacks } = projectOf();
  orRefused(stacks, stack, () => mkdirSync(stacks, { recursive: true }));
  const wanted = [
    { path: join(folder, "Pulumi.yaml"), text: projectFile() },
    { path: join(stacks, `Pulumi.${stack.split("/").at(-1)}.yaml`), text: stackFile(scenario, stack, folder) },
  ];
  const files = wanted.map(({ path, text }) => ({
    path,
    written: orRefused(path, stack, () => isWritten(path, text)),
  }));
  const next = nextOf(stack, scenario, folder);
  const words = [
    ...files.map(({ path, written }) => `${written ? "wrote" : "kept "} ${path}`),
    "",
    `Edit ${files[1]?.path}, then:`,
    ...next.map((one) => `  ${lineOf(one)}`),
  ];
  answer({ command: "init", stack, files, next }, { json }, words);
  return 0;
}

/** @throws Refusal where it cannot be written. */
function orRefused<T>(path: string, stack: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const message = `${path} was not written: ${systemErrorText(error)}`;
    const remedy = "Type it in a folder that this user can write to, best the cluster file's";
    throw Refusal.plain({ message, remedy }, stack);
  }
}

/** A file that is there, if only since a moment ago, stays as it is. */
function isWritten(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function nextOf(stack: string, scenario: InitOptions["scenario"], folder: string): InitNext[] {
  const name = shellWord(stack);
  // One alone is refused.
  const secrets = scenario === "disaster" ? ["s3AccessKey", "s3SecretKey"] : [];
  return [
    ...(hasBackend(process.env, folder) ? [] : [LOG_IN, ...passphrase(process.env)]),
    { action: "create-stack", command: `pulumi stack init ${name}` },
    ...secrets.map((setting): InitNext => {
      return { action: "set-secret", setting, command: `pulumi config set --secret ${setting} --stack ${name}` };
    }),
    { action: "doctor", command: `rancher-rollback doctor --stack ${name}` },
    { action: "plan", command: `rancher-rollback plan --stack ${name}` },
  ];
}

const LOG_IN: InitNext = { action: "log-in", command: "pulumi login --local" };

/** A local backend encrypts with one, and a run does not ask for it. */
function passphrase(env: NodeJS.ProcessEnv): InitNext[] {
  if (env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined) return [];
  return [{ action: "set-passphrase", command: "export PULUMI_CONFIG_PASSPHRASE_FILE=~/.pulumi-passphrase" }];
}

/** What to type, with what the command alone does not tell. */
function lineOf({ action, command }: InitNext): string {
  return action === "set-passphrase" ? `${command}    # write a passphrase into it first` : command;
}

/** The installed Pulumi.yaml without what belongs to the code: with it, `pulumi config` knows every setting. */
function projectFile(): string {
  const document = parseDocument(readFileSync(join(INSTALLED, "Pulumi.yaml"), "utf8"));
  document.set("runtime", "nodejs");
  document.delete("main");
  document.delete("stackConfigDir");
  document.commentBefore =
    " The stacks of this folder are run by rancher-rollback, not by `pulumi up`: there is no program here.";
  return document.toString({ lineWidth: 0 });
}

/** An example of stacks/ under a heading of its own. */
function stackFile(scenario: InitOptions["scenario"], stack: string, folder: string): string {
  const example = readFileSync(join(INSTALLED, "stacks", `Pulumi.${scenario}.yaml`), "utf8");
  const heading = [
    "Every setting, with its default, is described in Pulumi.yaml. When this file is edited:",
    "",
    ...nextOf(stack, scenario, folder).map((one) => `  ${lineOf(one)}`),
  ];
  const comment = heading.map((line) => `# ${line}`.trimEnd()).join("\n");
  const found = { clusterFile: clusterFileIn(folder), rkePath: rkeIn(folder) };
  const settings = Object.entries(found).reduce(
    (text, [key, path]) =>
      path === undefined ? text : text.replace(new RegExp(`(^ *rancher-rollback:${key}:).*`, "m"), `$1 ${path}`),
    example.slice(example.search(/^config:/m)),
  );
  return `${comment}\n${settings}`;
}

/** The cluster file of the folder: the only one that has the kubeconfig beside it which RKE wrote. */
function clusterFileIn(folder: string): string | undefined {
  const files = readdirSync(folder);
  const found = files.filter((file) => /^[\w.-]+$/.test(file) && files.includes(`kube_config_${file}`));
  return found.length === 1 ? `./${found[0]}` : undefined;
}

/** The only RKE of the folder, or the one on the PATH. */
function rkeIn(folder: string): string | undefined {
  const found = readdirSync(folder).filter((file) => /^rke(_[\w.-]+)?$/.test(file) && isExecutable(join(folder, file)));
  if (found.length > 0) return found.length === 1 ? `./${found[0]}` : undefined;
  const folders = (process.env.PATH ?? "").split(delimiter).filter(isAbsolute);
  return folders.some((onPath) => isExecutable(join(onPath, "rke"))) ? "rke" : undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
