import { readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { restartScript } from "../cluster/node/components.ts";
import { ask, unreachable } from "../cluster/node/connection.ts";
import type { Problem } from "../cluster/problem.ts";
import { StepFailure } from "../messages/failure.ts";
import type { StepInput, StepReport } from "./contract.ts";
import type { Tools } from "./step.ts";

/** Restarts the components, the network and Rancher's containers of one node (runbook, "restart the Kubernetes components"). */
export async function restart(
  { node: name, rancher, timeoutSeconds }: StepInput<"restart">,
  tools: Tools,
): Promise<StepReport<"restart">> {
  const node = readClusterFile(tools.clusterFile).nodes.find((other) => other.name === name);
  if (!node) {
    const message = `the cluster file has no node ${name}`;
    throw failure(name, { message, remedy: "put the node back into the cluster file" });
  }
  const printed = await ask(tools, node, restartScript(node, rancher), timeoutSeconds).catch((error: unknown) => {
    throw failure(name, unreachable(error));
  });
  const report = parseRestart(printed);
  if (!report.clock) {
    throw failure(name, { message: `${name} did not print its time`, remedy: "look at the node: date -u" });
  }
  return { node: name, ...report };
}

/** The restart script's lines → the node's clock when it began (ISO 8601), the names of what was restarted and stopped. */
export function parseRestart(printed: string): { clock: string; restarted: string[]; stopped: string[] } {
  const lines = printed.split("\n").map((line) => line.split(" "));
  const named = (done: string) =>
    lines.filter(([kind]) => kind === done).map(([, name = ""]) => name.replace(/^\//, ""));
  return {
    clock: lines.find(([kind]) => kind === "clock")?.[1] ?? "",
    restarted: named("restarted"),
    stopped: named("stopped"),
  };
}

function failure(node: string, { message, remedy }: Problem): StepFailure {
  return new StepFailure({
    kind: "unreachable",
    step: `The restart of the components on ${node}`,
    node,
    happened: [message],
    done: "the etcd restore and rke up; other nodes may have been restarted",
    notDone: `the restart on ${node}, the Rancher image and the verification`,
    pointOfNoReturn: { state: "passed earlier" },
    remedies: [remedy],
    rerun: "continues from this step",
  });
}
