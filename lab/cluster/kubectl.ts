import { attempt, type CommandOptions, type CommandResult, run } from "../machine/process.ts";
import type { LabCluster } from "./labCluster.ts";

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

/** Whether these nodes, and no others, are Ready, and have said so lately. */
export async function nodesReady(cluster: LabCluster): Promise<boolean> {
  const ready = '{range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
  const renewed = '{range .items[*]}{.spec.renewTime}{"\\n"}{end}';
  const [nodes, leases] = await Promise.all([
    tryKubectl(cluster, ["get", "nodes", "-o", `jsonpath=${ready}`], { timeout: 25_000 }),
    tryKubectl(cluster, ["-n", "kube-node-lease", "get", "leases", "-o", `jsonpath=${renewed}`], { timeout: 25_000 }),
  ]);
  const expected = cluster.nodes.map(({ name, cloudName }) => `${cloudName ?? name}=True`).sort();
  return lines(nodes).sort().join() === expected.join() && lines(leases).every(isRecent);
}

/** Right after a node was switched on the API still tells what it was before: a live kubelet renews its lease every 10 s. */
function isRecent(time: string): boolean {
  return Date.now() - Date.parse(time) < 25_000;
}

function lines(answer: CommandResult): string[] {
  return answer.code === 0 ? answer.stdout.trim().split("\n") : [];
}
