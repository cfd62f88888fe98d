import { basename } from "node:path";

/** `rke etcd snapshot-restore --name … --config …`, as the runbook types it in the cluster file's folder. */
export function restoreCommand(rke: string, snapshot: string, clusterFile: string): string[] {
  return [rke, "etcd", "snapshot-restore", "--name", snapshot, "--config", basename(clusterFile)];
}

/** `rke up --config …`, as the runbook types it in the cluster file's folder. */
export function upCommand(rke: string, clusterFile: string): string[] {
  return [rke, "up", "--config", basename(clusterFile)];
}
