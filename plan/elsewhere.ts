import type { RestoreRecord } from "../cluster/history/restores.ts";
import { hostsToLock, readLocks } from "../cluster/lock/hosts.ts";
import { holderName } from "../cluster/operator.ts";
import { checkFailed, type FailedCheck } from "../cluster/problem.ts";
import { heldElsewhere } from "../messages/repetition.ts";
import type { Settings } from "../settings/settings.ts";

/**
 * Why this restore is refused while another machine, which has begun one, still holds the lock, as the steps that lock and
 * restore will refuse it. Where the last restore is finished or this machine's, no host is asked.
 * @param records what the cluster remembers, oldest first.
 */
export async function elsewhereProblems(settings: Settings, records: RestoreRecord[]): Promise<FailedCheck[]> {
  const last = records.at(-1);
  if (!last || last.finishedAt !== undefined || last.holder === holderName()) return [];
  const locks = await readLocks({ hostKeys: settings.hostKeys, say: () => {} }, hostsToLock(settings));
  const its = locks.find(({ held }) => held?.holder === last.holder)?.held;
  if (!its || its.id === settings.breakLockOf) return [];
  return checkFailed("earlier-restores", [heldElsewhere(last, its.id)]);
}
