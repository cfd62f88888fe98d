import type { Lock } from "../cluster/lock/lock.ts";

/** Who holds a lock, for what, since when. */
export function lockHolderText({ holder, stack, snapshot, since, id }: Lock): string {
  return `${holder}, stack ${stack}, to snapshot ${snapshot}, since ${since} (lock ${id})`;
}
