import { existingNodes } from "../cluster/clusterFile/replacement.ts";
import { readRestores } from "../cluster/history/hosts.ts";
import type { RestoreRecord } from "../cluster/history/restores.ts";
import { hostsToLock } from "../cluster/lock/hosts.ts";
import type { Problem } from "../cluster/problem.ts";
import type { ClusterSettings } from "../settings/settings.ts";

/**
 * What the hosts that a rollback locks remember of this cluster's restores, oldest first.
 * @returns `unread`, why not even one of them could be asked.
 */
export async function rememberedRestores(
  settings: ClusterSettings,
): Promise<{ records: RestoreRecord[]; unread?: Problem[] }> {
  const hosts = hostsToLock(settings);
  const joining = {
    newNodes: settings.replacements.map(({ node }) => node.name),
    others: [
      ...existingNodes(settings).map(({ address }) => address),
      ...settings.replacements.map(({ unresponsive }) => unresponsive),
    ],
  };
  const { records, problems } = await readRestores({ hostKeys: settings.hostKeys, say: () => {} }, hosts, joining);
  return { records, ...(hosts.length > 0 && problems.length === hosts.length && { unread: problems }) };
}
