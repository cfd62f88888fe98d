import { mayBeAliveElsewhere } from "../cluster/history/begunElsewhere.ts";
import type { RestoreRecord } from "../cluster/history/restores.ts";
import { hostsToLock, readLocks } from "../cluster/lock/hosts.ts";
import { silently } from "../cluster/node/connection.ts";
import { checkFailed, type FailedCheck } from "../cluster/problem.ts";
import { isSameHolder } from "../cluster/stateFolder/machine.ts";
import { heldElsewhere } from "../messages/repetition.ts";
import type { Settings } from "../settings/settings.ts";

/**
 * Why this restore is refused while another machine, which has begun one, still holds the lock, as the steps that lock and
 * restore will refuse it. Where the last restore has ended or is this machine's, no host is asked.
 * @param records what the cluster remembers, oldest first.
 * @param asked whether the rollback begins with the lock: only that step breaks another one.
 */
export async function elsewhereProblems(
  settings: Settings,
  records: RestoreRecord[],
  { takesLock }: { takesLock: boolean },
): Promise<FailedCheck[]> {
  const last = mayBeAliveElsewhere(records, settings.cluster.path);
  if (!last) return [];
  const locks = await readLocks(silently(settings.hostKeys), hostsToLock(settings));
  const its = locks.find(({ held }) => held && isSameHolder(held, last))?.held;
  if (!its || (takesLock && its.id === settings.breakLockOf)) return [];
  return checkFailed("earlier-restores", [heldElsewhere(last, its.id)]);
}
