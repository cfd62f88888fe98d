import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import {
  RESUME_AND_RESTART_SCRIPT,
  RESUME_SCRIPT,
  stopForRestoreScript,
} from "../cluster/containers/stopForRestore.ts";
import type { DeploymentRef } from "../cluster/kubernetes/deployment.ts";
import { askAll, type Connection } from "../cluster/node/connection.ts";
import type { Problem } from "../cluster/problem.ts";

const SECONDS = 90;

/**
 * Stops kubelet and Rancher on every node: a Rancher that runs through a restore migrates the restored data again, and
 * one of v2.8.3 or later deletes settings that it does not know (rancher/rancher pkg/settings, cleanupUnknownSettings).
 * @returns a problem for each node on which it is not certain that they are stopped.
 */
export async function stopForRestore(
  connection: Connection,
  nodes: ClusterNode[],
  rancher: DeploymentRef,
): Promise<Problem[]> {
  return (await askAll(connection, nodes, stopForRestoreScript(rancher), SECONDS)).problems;
}

/**
 * Starts kubelet again where it was stopped.
 * @param restartWatchers whether what watches the API is restarted too: it did not notice that the data changed. @returns a problem for each node where that failed.
 */
export async function resumeKubelets(
  connection: Connection,
  nodes: ClusterNode[],
  restartWatchers = false,
): Promise<Problem[]> {
  return (await askAll(connection, nodes, restartWatchers ? RESUME_AND_RESTART_SCRIPT : RESUME_SCRIPT, SECONDS))
    .problems;
}
