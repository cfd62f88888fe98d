import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { existingNodes } from "../../cluster/clusterFile/replacement.ts";
import { KubernetesReader } from "../../cluster/kubernetes/reader.ts";
import { orUnreachable, ssh } from "../../cluster/node/ssh.ts";
import { parseState, STATE_SCRIPT } from "../../cluster/preflight/checks.ts";
import { answeringVersion, readAnswer } from "../../cluster/rancher/answer.ts";
import { readServerVersion } from "../../cluster/rancher/facts.ts";
import { answeringInWords, troubleInWords } from "../../cluster/rancher/problems.ts";
import { orError } from "../../cluster/unreadable.ts";
import { remedyText } from "../../messages/commands.ts";
import type { Settings } from "../../settings/settings.ts";
import { answer, type Finding } from "../answers.ts";
import { type StackOptions, stackConfig } from "../options.ts";
import { engineError } from "../outcome.ts";
import { settingsOfStack } from "../workspace.ts";

/** Asks all that a rollback will need, without planning anything. @returns 0 all is well, 1 something is not. */
export async function doctor(options: StackOptions): Promise<number> {
  const machine = await machineFindings();
  const cluster = await clusterFindings(options);
  const findings = [...machine, ...cluster];
  const words = findings.flatMap(({ check, ok, message, remedy }) => [
    `${ok ? "✓" : "✗"} ${check.padEnd(22)} ${message}`,
    ...(remedy === undefined ? [] : [`${" ".repeat(25)}→ ${remedyText(remedy, options)}`]),
  ]);
  answer({ command: "doctor", stack: options.stack, findings }, options, words);
  return findings.every(({ ok }) => ok) ? 0 : 1;
}

async function machineFindings(): Promise<Finding[]> {
  return await Promise.all([
    tool("Pulumi", ["pulumi", "version"], "install it: https://www.pulumi.com/docs/install/"),
    tool("OpenSSH", ["ssh", "-V"], "install OpenSSH's client"),
    anyTool(
      "a lock of the folder",
      [
        ["flock", "--version"],
        ["perl", "-e", "print $^V"],
      ],
      "install util-linux or perl",
    ),
  ]);
}

async function clusterFindings(options: StackOptions): Promise<Finding[]> {
  const settings = await settingsOfStack(stackConfig(options.stack, options)).catch((error: Error) => error);
  if (settings instanceof Error)
    return [{ check: "settings", ok: false, message: engineError(settings, options.stack) }];
  const { cluster, rke } = settings;
  return [
    {
      check: "settings",
      ok: true,
      message: `cluster ${cluster.clusterName}, ${cluster.nodes.length} nodes, RKE ${rke.version.text}`,
    },
    ...(await Promise.all([
      ...existingNodes(settings).map((node) => nodeFinding(settings, node)),
      finding(
        "Kubernetes API",
        async () => `answers with ${await new KubernetesReader(cluster.kubeconfig).version()}`,
        "a rollback works without it, and the preview shows less",
      ),
      finding("Rancher", () => rancherNow(settings), "a rollback works without it, and ends only once it answers"),
    ])),
  ];
}

/** @throws Error with what is wrong. */
async function rancherNow({ cluster, rancher }: Settings): Promise<string> {
  const [answer, setting] = await Promise.all([
    readAnswer(rancher),
    orError(async () => readServerVersion(new KubernetesReader(cluster.kubeconfig))),
  ]);
  if (answer.trouble) throw new Error(troubleInWords(rancher, answer.trouble));
  return answeringInWords(answeringVersion(answer, typeof setting === "string" ? setting : undefined));
}

async function nodeFinding({ hostKeys }: Settings, node: Settings["cluster"]["nodes"][number]): Promise<Finding> {
  const check = `${node.name} (${node.address})`;
  const state = await orUnreachable(ssh({ node, script: STATE_SCRIPT, hostKeys, timeoutSeconds: 30 }).then(parseState));
  if ("unreachable" in state) return { check, ok: false, ...state.unreachable };
  const { docker, dockerSaid } = state;
  return docker === undefined
    ? { check, ok: false, message: `Docker does not answer: ${dockerSaid}`, remedy: `look at Docker on ${node.name}` }
    : { check, ok: true, message: `Docker ${docker}` };
}

async function finding(check: string, ask: () => Promise<string>, remedy: string): Promise<Finding> {
  try {
    return { check, ok: true, message: await ask() };
  } catch (error) {
    return { check, ok: false, message: (error as Error).message, remedy };
  }
}

async function tool(check: string, [command = "", ...words]: string[], remedy: string): Promise<Finding> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, words);
    return { check, ok: true, message: (stdout || stderr).trim().split("\n")[0] ?? "" };
  } catch {
    return { check, ok: false, message: `${command} cannot be run`, remedy };
  }
}

async function anyTool(check: string, commands: string[][], remedy: string): Promise<Finding> {
  const found = await Promise.all(commands.map((command) => tool(check, command, remedy)));
  return found.find(({ ok }) => ok) ?? { check, ok: false, message: "not found", remedy };
}
