import { etcdNodes } from "../cluster/clusterFile/node.ts";
import { existingNodes } from "../cluster/clusterFile/replacement.ts";
import { HOLDER_SCRIPT, parseLock } from "../cluster/lock/lock.ts";
import { askAll } from "../cluster/node/connection.ts";
import type { Settings } from "../settings/settings.ts";

const SECONDS = 30;

/** The ids of the rollbacks that hold etcd hosts now; a host that does not answer is held by nobody. */
export async function readLockHolders(settings: Settings): Promise<string[]> {
  const hosts = etcdNodes({ nodes: existingNodes(settings) });
  const { answers } = await askAll({ hostKeys: settings.hostKeys, say: () => {} }, hosts, HOLDER_SCRIPT, SECONDS);
  return answers.flatMap(({ printed }) => parseLock(printed).held?.id ?? []);
}
