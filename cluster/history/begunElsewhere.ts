import { isOwn } from "../stateFolder/machine.ts";
import { type FoundRestore, restoreFound } from "./note.ts";
import { mayBeAlive, type RestoreRecord } from "./restores.ts";

/** The last restore, where another machine began it, in whatever way, and is not known to have ended it. */
export function mayBeAliveElsewhere(records: RestoreRecord[], clusterFile: string): RestoreRecord | undefined {
  const last = records.at(-1);
  return last && mayBeAlive(last) && !isOwn(last, clusterFile) ? last : undefined;
}

/**
 * The last restore, where another machine began it by RKE and it is not known to have finished: only the log there tells
 * whether it has wiped.
 */
export function begunElsewhere(records: RestoreRecord[], clusterFile: string): FoundRestore | undefined {
  const last = records.at(-1);
  if (!last || last.finishedAt !== undefined || last.inPlace || isOwn(last, clusterFile)) return undefined;
  const { startedAt, holder, safetyCopy } = last;
  return { at: startedAt, by: holder, ...(safetyCopy && { copy: safetyCopy }) };
}

/**
 * Whether another machine has finished the last restore: what this one has begun was that very restore, or one before it,
 * as each is written down on the hosts before it takes anything away.
 */
export function isFinishedElsewhere(records: RestoreRecord[], clusterFile: string): boolean {
  const last = records.at(-1);
  return last?.finishedAt !== undefined && !isOwn(last, clusterFile);
}

/** Notes it beside the cluster file, for every failure from now on; and where the last restore is finished, that there is none. */
export function noteBegunElsewhere(clusterFile: string, records: RestoreRecord[]): void {
  const found = begunElsewhere(records, clusterFile);
  if (found || records.at(-1)?.finishedAt !== undefined) restoreFound(clusterFile, found);
}
