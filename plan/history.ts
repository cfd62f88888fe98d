import { etcdNodes } from "../cluster/clusterFile/node.ts";
import { existingNodes } from "../cluster/clusterFile/replacement.ts";
import { readRestores } from "../cluster/history/hosts.ts";
import { finishedRestore, type RestoreRecord } from "../cluster/history/restores.ts";
import type { Problem } from "../cluster/problem.ts";
import type { Settings } from "../settings/settings.ts";

/** What the cluster remembers of a restore that is asked for. */
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
  const hosts = etcdNodes({ nodes: existingNodes(settings) });
  const { records, problems } = await readRestores({ hostKeys: settings.hostKeys, say: () => {} }, hosts);
  const restored = finishedRestore(records, settings);
  return { ...(restored && { restored }), unread: problems, isRead: problems.length < hosts.length };
}
