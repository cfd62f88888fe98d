import { basename } from "node:path";

/**
 * `rke etcd snapshot-restore --name … --config …`, as the runbook types it in the cluster file's folder.
 * @param config the file that RKE reads, from there.
 */
export function restoreCommand(rke: string, snapshot: string, config: string): string[] {
  return [rke, "etcd", "snapshot-restore", "--name", snapshot, "--config", config];
}

/** `rke up --config …`, as the runbook types it in the cluster file's folder. */
export function upCommand(rke: string, clusterFile: string): string[] {
  return [rke, "up", "--config", basename(clusterFile)];
}

/** `rke etcd snapshot-save --name … --config …`: it uploads where the cluster file has a bucket (RKE v0.2.0 and later). */
export function saveCommand(rke: string, snapshot: string, clusterFile: string): string[] {
  return [rke, "etcd", "snapshot-save", "--name", snapshot, "--config", basename(clusterFile)];
}
