import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { KubernetesReader } from "../../cluster/kubernetes/reader.ts";
import { SshError, ssh } from "../../cluster/node/ssh.ts";
import { parseState, STATE_SCRIPT } from "../../cluster/preflight/checks.ts";
import { answeringVersion, readAnswer } from "../../cluster/rancher/answer.ts";
import { readServerVersion } from "../../cluster/rancher/facts.ts";
import { answeringInWords, troubleInWords } from "../../cluster/rancher/problems.ts";
import { orError } from "../../cluster/unreadable.ts";
import { naming } from "../../messages/goOn.ts";
import type { Settings } from "../../settings/settings.ts";
import { answer, type Finding } from "../answers.ts";
import { type StackOptions, stackConfig } from "../options.ts";
import { engineError } from "../outcome.ts";
import { settingsOfStack } from "../workspace.ts";

/** Asks all that a rollback will need, without planning anything. @returns 0 all is well, 1 something is not. */
export async function doctor(options: StackOptions): Promise<number> {
  const machine = await machineFindings();
  const cluster = await clusterFindings(options);
  const findings = [...machine, ...cluster].map((one) => ({ ...one, said: naming(options.stack, one.said) }));
  const words = findings.map(({ what, good, said }) => `${good ? "✓" : "✗"} ${what.padEnd(22)} ${said}`);
  answer({ command: "doctor", stack: options.stack, findings }, options, words);
  return findings.every(({ good }) => good) ? 0 : 1;
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
  if (settings instanceof Error) return [{ what: "settings", good: false, said: engineError(settings) }];
  const { cluster, rke } = settings;
  const isNew = (name: string) => settings.replacements.some(({ node }) => node.name === name);
  return [
    {
      what: "settings",
      good: true,
      said: `cluster ${cluster.clusterName}, ${cluster.nodes.length} nodes, RKE ${rke.version.text}`,
    },
    ...(await Promise.all([
      ...cluster.nodes.filter(({ name }) => !isNew(name)).map((node) => nodeFinding(settings, node)),
      finding(
        "Kubernetes API",
        async () => `answers with ${await new KubernetesReader(cluster.kubeconfig).version()}`,
        "a rollback works without it; the preview knows less",
      ),
      finding("Rancher", () => rancherNow(settings), "a rollback works without it, and ends only once it answers"),
    ])),
  ];
}

/** @throws Error with what is wrong. */
async function rancherNow({ cluster, rancher }: Settings): Promise<string> {
  const [answer, setting] = await Promise.all([
    readAnswer(rancher),
    orError(() => readServerVersion(new KubernetesReader(cluster.kubeconfig))),
  ]);
  if (answer.trouble) throw new Error(troubleInWords(rancher, answer.trouble));
  return answeringInWords(answeringVersion(answer, typeof setting === "string" ? setting : undefined));
}

async function nodeFinding({ hostKeys }: Settings, node: Settings["cluster"]["nodes"][number]): Promise<Finding> {
  const what = `${node.name} (${node.address})`;
  try {
    const { docker, dockerSaid } = parseState(await ssh({ node, script: STATE_SCRIPT, hostKeys, timeoutSeconds: 30 }));
    return {
      what,
      good: docker !== undefined,
      said: docker ? `Docker ${docker}` : `Docker does not answer: ${dockerSaid}`,
    };
  } catch (error) {
    if (error instanceof SshError) return { what, good: false, said: `${error.message}; ${error.next}` };
    throw error;
  }
}

async function finding(what: string, ask: () => Promise<string>, otherwise: string): Promise<Finding> {
  try {
    return { what, good: true, said: await ask() };
  } catch (error) {
    return { what, good: false, said: `${(error as Error).message}; ${otherwise}` };
  }
}

async function tool(what: string, [command = "", ...words]: string[], mend: string): Promise<Finding> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, words);
    return { what, good: true, said: (stdout || stderr).trim().split("\n")[0] ?? "" };
  } catch {
    return { what, good: false, said: `${command} cannot be run; ${mend}` };
  }
}

async function anyTool(what: string, commands: string[][], mend: string): Promise<Finding> {
  const found = await Promise.all(commands.map((command) => tool(what, command, mend)));
  return found.find(({ good }) => good) ?? { what, good: false, said: mend };
}
