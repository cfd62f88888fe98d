import { existingEtcdNodes } from "../cluster/clusterFile/replacement.ts";
import { readRestores } from "../cluster/history/hosts.ts";
import { finishedRestore, isSame, type RestoreRecord } from "../cluster/history/restores.ts";
import { hostsToLock, readLocks } from "../cluster/lock/hosts.ts";
import type { Problem } from "../cluster/problem.ts";
import type { Settings } from "../settings/settings.ts";

/** The ids of the rollbacks that hold etcd hosts now; a host that does not answer has no holder. */
export async function readLockHolders(settings: Settings): Promise<string[]> {
  const locks = await readLocks({ hostKeys: settings.hostKeys, say: () => {} }, hostsToLock(settings));
  return locks.flatMap(({ held }) => held?.id ?? []);
}

/** Whether the restore of these settings is the last one that the cluster remembers, and has finished. */
export async function isLastRestore(settings: Settings): Promise<boolean> {
  const { records } = await readRestores({ hostKeys: settings.hostKeys, say: () => {} }, hostsToLock(settings));
  const last = records.at(-1);
  return last?.finishedAt !== undefined && isSame(last, settings);
}

export interface RestoreHistory {
  /** The restore on the cluster that the settings would repeat; absent where none is known. */
  restored?: RestoreRecord;
  /** Why a host could not be asked, of each such host: the step that wipes asks all of them. */
  unread: Problem[];
  /** Whether any host could be asked. */
  isRead: boolean;
}

/** Asks the etcd hosts that stay whether the restore of these settings was done before. */
export async function readHistory(settings: Settings): Promise<RestoreHistory> {
  const hosts = existingEtcdNodes(settings);
  const { records, problems } = await readRestores({ hostKeys: settings.hostKeys, say: () => {} }, hosts);
  const restored = finishedRestore(records, settings);
  return { ...(restored && { restored }), unread: problems, isRead: problems.length < hosts.length };
}
