import { etcdNodes } from "../cluster/clusterFile/node.ts";
import { existingNodes } from "../cluster/clusterFile/replacement.ts";
import { readRestores } from "../cluster/history/hosts.ts";
import { finishedRestore, type RestoreRecord } from "../cluster/history/restores.ts";
import type { Settings } from "../settings/settings.ts";

/**
 * The restore on the cluster that these settings would repeat; undefined where they ask for a new one. Hosts that cannot
 * be asked are left out: the step that wipes asks all of them.
 */
export async function readFinishedRestore(settings: Settings): Promise<RestoreRecord | undefined> {
  const hosts = etcdNodes({ nodes: existingNodes(settings) });
  const { records } = await readRestores({ hostKeys: settings.hostKeys, say: () => {} }, hosts);
  return finishedRestore(records, settings);
}
