import { unfinishedWipe } from "../cluster/stateFolder/unfinishedRestore.ts";

/** What a failed step that has wiped nothing says of the point of no return: an earlier restore may have passed it. */
export function notReached(clusterFile: string, otherwise = "not reached, the cluster is as it was"): string {
  const wipe = unfinishedWipe(clusterFile);
  return wipe
    ? `passed by an earlier restore, which began to wipe at ${wipe.at} and was not seen to end; this run has wiped nothing. RKE's log of that one: ${wipe.log}`
    : otherwise;
}

/** Whether a failed step's story tells for certain that this run has wiped nothing. */
export function tellsNothingWiped(story: string): boolean {
  return /^ *point of no return: +(not (reached|passed by this step)|passed by an earlier restore)/m.test(story);
}
