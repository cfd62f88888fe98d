import { readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { restartScript } from "../cluster/node/components.ts";
import { SshError, ssh } from "../cluster/node/ssh.ts";
import { StepFailure } from "../messages/failure.ts";
import { goOn } from "../messages/goOn.ts";
import type { StepOptions } from "./main.ts";

/** Restarts the components, the network and Rancher's containers of one node (runbook, "restart the Kubernetes components"). */
export async function restart(options: StepOptions): Promise<object> {
  const { clusterFile, node: name, knownHostsFile, allowUnknownHostKeys, timeoutSeconds, rest, say } = options;
  const [namespace = "", deployment = "", container = ""] = rest;
  const node = readClusterFile(clusterFile).nodes.find((other) => other.name === name);
  if (!node) throw failure(options, `the cluster file has no node ${name}`, "put the node back into the cluster file");
  try {
    const printed = await ssh({
      node,
      script: restartScript(node, { namespace, deployment, container }),
      hostKeys: { allowUnknown: allowUnknownHostKeys, ...(knownHostsFile && { knownHostsFile }) },
      timeoutSeconds,
      say: (line) => say(`${node.name}: ${line}`),
    });
    const report = parseRestart(printed);
    if (!report.clock) throw failure(options, `${node.name} did not tell its time`, `look at the node: date -u`);
    return { node: node.name, ...report };
  } catch (error) {
    if (error instanceof SshError) throw failure(options, error.message, error.next);
    throw error;
  }
}

/** The restart script's lines → the node's clock when it began (ISO 8601) and the names of what was restarted or stopped. */
export function parseRestart(printed: string): { clock: string; restarted: string[]; stopped: string[] } {
  const lines = printed.split("\n").map((line) => line.split(" "));
  const named = (wanted: string) =>
    lines.filter(([kind]) => kind === wanted).map(([, name = ""]) => name.replace(/^\//, ""));
  return {
    clock: lines.find(([kind]) => kind === "clock")?.[1] ?? "",
    restarted: named("restarted"),
    stopped: named("stopped"),
  };
}

function failure({ node, stack }: StepOptions, happened: string, next: string): StepFailure {
  return new StepFailure({
    step: `the restart of the components on ${node}`,
    happened: [happened],
    done: "the etcd restore and rke up; other nodes may have been restarted",
    notDone: `the restart on ${node}, the Rancher image and the verification`,
    pointOfNoReturn: "passed by the restore before; restarting wipes nothing",
    next: [next, goOn(stack)],
  });
}
