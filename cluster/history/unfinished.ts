import { type FoundRestore, restoreFound, type UnseenRestore, unseenRestore } from "../rke/unfinishedRestore.ts";
import { isOwn } from "../stateFolder/machine.ts";
import { isSame, type RestoreRecord, type RestoreRequest } from "./restores.ts";

/** This very restore, where an earlier run was killed and the RKE that it left has finished it. */
export function finishedUnseen(
  clusterFile: string,
  records: RestoreRecord[],
  asked: RestoreRequest,
): { begun: RestoreRecord; unseen: UnseenRestore } | undefined {
  const unseen = unseenRestore(clusterFile);
  const begun = records.at(-1);
  if (!unseen || !begun || !isSame(begun, asked) || begun.startedAt > unseen.since) return undefined;
  return { begun, unseen };
}

/**
 * The last restore, where another machine began it by RKE and it is not known to have finished: only the log there tells
 * whether it has wiped.
 * @param records what the cluster remembers, oldest first.
 */
export function begunElsewhere(records: RestoreRecord[], clusterFile: string): FoundRestore | undefined {
  const last = records.at(-1);
  if (!last || last.finishedAt !== undefined || last.inPlace || isOwn(last, clusterFile)) return undefined;
  const { startedAt, holder, safetyCopy } = last;
  return { at: startedAt, by: holder, ...(safetyCopy && { copy: safetyCopy }) };
}

/** Notes it beside the cluster file, for every failure from now on; and where the last restore is finished, that there is none. */
export function noteBegunElsewhere(clusterFile: string, records: RestoreRecord[]): void {
  const found = begunElsewhere(records, clusterFile);
  if (found || records.at(-1)?.finishedAt !== undefined) restoreFound(clusterFile, found);
}
