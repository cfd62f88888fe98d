import type { ClusterNode } from "../../cluster/clusterFile/clusterFile.ts";
import { readRestores } from "../../cluster/history/hosts.ts";
import { foundRestore } from "../../cluster/history/note.ts";
import { isSame, type RestoreRecord } from "../../cluster/history/restores.ts";
import { START_ETCD_SCRIPT } from "../../cluster/inPlace/exchange.ts";
import { askAll, type Connection } from "../../cluster/node/connection.ts";
import type { Problem } from "../../cluster/problem.ts";
import { REMOVE_HELPERS_SCRIPT } from "../../cluster/rke/helpers.ts";
import { isOwn } from "../../cluster/stateFolder/machine.ts";
import type { Restoring } from "./restoreFailure.ts";

/** To remove and to start containers, s. */
const SECONDS = 60;

/**
 * Removes what the RKE of this very restore has left running when it failed or was killed: the proof that follows would wait
 * for its end. Only with the lock, and once no RKE is at work here; one of another machine may be.
 */
export async function removeLeftHelpers(
  records: RestoreRecord[],
  { etcdHosts, input, tools }: Restoring,
): Promise<void> {
  const begun = records.find((record) => isSame(record, input));
  if (!begun || begun.finishedAt !== undefined || begun.inPlace || !isOwn(begun, tools.clusterFile)) return;
  if (foundRestore(tools.clusterFile)) return;
  // The proof names what could not be removed.
  await askAll(tools, etcdHosts, REMOVE_HELPERS_SCRIPT, SECONDS);
}

/**
 * Starts etcd where an RKE that has ended had stopped it, as RKE v0.2.0 and later do before they wipe; its snapshot server would
 * hold etcd's port. Only where nothing was wiped. @returns a problem for each host where that failed.
 */
export async function startEtcdAgain(connection: Connection, hosts: ClusterNode[]): Promise<Problem[]> {
  return (await askAll(connection, hosts, START_ETCD_SCRIPT, SECONDS)).problems;
}

/**
 * Starts etcd again where the hosts remember that the last restore was by RKE, begun on this machine and not finished, and no
 * other machine's before it may have wiped.
 */
export async function startEtcdLeft(
  connection: Connection,
  clusterFile: string,
  hosts: ClusterNode[],
): Promise<Problem[]> {
  if (foundRestore(clusterFile)) return [];
  const last = (await readRestores(connection, hosts)).records.at(-1);
  if (!last || last.finishedAt !== undefined || last.inPlace || !isOwn(last, clusterFile)) return [];
  return await startEtcdAgain(connection, hosts);
}
