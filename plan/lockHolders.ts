import { hostsToLock, readLocks } from "../cluster/lock/hosts.ts";
import type { Settings } from "../settings/settings.ts";

/** The ids of the rollbacks that hold etcd hosts now; a host that does not answer has no holder. */
export async function readLockHolders(settings: Settings): Promise<string[]> {
  const locks = await readLocks({ hostKeys: settings.hostKeys, say: () => {} }, hostsToLock(settings));
  return locks.flatMap(({ held }) => held?.id ?? []);
}
