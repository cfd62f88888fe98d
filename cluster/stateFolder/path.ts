import { dirname, join } from "node:path";

/** Where this program keeps what it must remember of a cluster: its own folder beside the cluster file, or what is in it. */
export function stateFolder(clusterFile: string, ...names: string[]): string {
  return join(dirname(clusterFile), ".rancher-rollback", ...names);
}

/** Where the preview leaves the plan as JSON. */
export function planFile(clusterFile: string): string {
  return stateFolder(clusterFile, "plan.json");
}
