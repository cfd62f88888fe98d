import type { LabCluster } from "./cluster.ts";
import { attempt, type CommandOptions, type CommandResult, run } from "./process.ts";

/** kubectl on a cluster: fails with what it said. */
export function kubectl(cluster: LabCluster, args: string[], stdin?: string): Promise<string> {
  return run(cluster.kubectl, connection(cluster, args), stdin === undefined ? {} : { input: stdin });
}

export function tryKubectl(cluster: LabCluster, args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  return attempt(cluster.kubectl, connection(cluster, args), options);
}

function connection(cluster: LabCluster, args: string[]): string[] {
  return ["--kubeconfig", cluster.kubeconfig, "--request-timeout", "20s", ...args];
}

/** Whether all these nodes, and no others, are Ready. */
export async function nodesReady(cluster: LabCluster): Promise<boolean> {
  const jsonpath = '{range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
  const answer = await tryKubectl(cluster, ["get", "nodes", "-o", `jsonpath=${jsonpath}`], { timeout: 25_000 });
  const expected = cluster.nodes.map(({ name }) => `${name}=True`).sort();
  return answer.code === 0 && answer.stdout.trim().split("\n").sort().join() === expected.join();
}
