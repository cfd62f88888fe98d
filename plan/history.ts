import { existingEtcdNodes } from "../cluster/clusterFile/replacement.ts";
import { type ClusterHistory, clusterHistory } from "../cluster/history/clusterHistory.ts";
import { finishedRestore, isSame, type RestoreRecord } from "../cluster/history/restores.ts";
import { hostsToLock, readLocks } from "../cluster/lock/hosts.ts";
import { silently } from "../cluster/node/connection.ts";
import type { Settings } from "../settings/settings.ts";

/** The ids of the rollbacks that hold etcd hosts now; a host that does not answer has no holder. */
export async function readLockHolders(settings: Settings): Promise<string[]> {
  const locks = await readLocks(silently(settings.hostKeys), hostsToLock(settings));
  return locks.flatMap(({ held }) => held?.id ?? []);
}

/** Whether the restore of these settings is the last one that the cluster remembers, and has finished. */
export async function isLastRestore(settings: Settings): Promise<boolean> {
  const { records } = await clusterHistory(settings);
  const last = records.at(-1);
  return last?.finishedAt !== undefined && isSame(last, settings);
}

/** What the cluster remembers of a restore that is asked for. The step that wipes asks all hosts. */
export interface RestoreHistory extends Omit<ClusterHistory, "records"> {
  /** The restore on the cluster that the settings would repeat; absent where none is known. */
  restored?: RestoreRecord;
}

/** Asks the etcd hosts that stay whether the restore of these settings was done before. */
export async function readHistory(settings: Settings): Promise<RestoreHistory> {
  const { records, ...asked } = await clusterHistory(settings, existingEtcdNodes(settings));
  const restored = finishedRestore(records, settings);
  return { ...(restored && { restored }), ...asked };
}
