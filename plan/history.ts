import { readRestores } from "../cluster/history/hosts.ts";
import { finishedRestore, type RestoreRecord } from "../cluster/history/restores.ts";
import type { Settings } from "../settings/settings.ts";

/**
 * The restore on the cluster that these settings would repeat; undefined where they ask for a new one. Hosts that cannot
 * be asked are left out: the step that wipes asks all of them.
 */
export async function readFinishedRestore(settings: Settings): Promise<RestoreRecord | undefined> {
  const { cluster, replacements, hostKeys } = settings;
  const isNew = (name: string) => replacements.some(({ node }) => node.name === name);
  const hosts = cluster.nodes.filter(({ name, roles }) => roles.includes("etcd") && !isNew(name));
  const { records } = await readRestores({ hostKeys, say: () => {} }, hosts);
  return finishedRestore(records, settings);
}
