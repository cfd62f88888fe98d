import { foundRestore } from "../history/note.ts";
import { UnreadableRecord } from "../stateFolder/unreadable.ts";
import { unfinishedWipe } from "./unfinishedWipe.ts";

/** What this machine knows of a restore that wiped the cluster and did not finish. Times are ISO 8601. */
export type EarlierWipe =
  | { state: "not-reached" }
  /** `log` is the path of RKE's log, `oldData` where each etcd host keeps what a restore in place has put aside. */
  | { state: "passed-earlier"; at: string; log?: string | undefined; oldData?: string | undefined }
  /** Another machine began one whose end is not known here, or the note with this path cannot be read. */
  | { state: "unknown"; begun?: { at: string; by: string }; unreadable?: string };

/** Where a step that has wiped nothing itself stands to the point of no return: an earlier restore may have passed it. */
export function earlierWipe(clusterFile: string): EarlierWipe {
  try {
    const wipe = unfinishedWipe(clusterFile);
    const found = foundRestore(clusterFile);
    if (!wipe) return found ? { state: "unknown", begun: { at: found.at, by: found.by } } : { state: "not-reached" };
    const { copy: _, ...when } = wipe;
    return { state: "passed-earlier", ...when };
  } catch (error) {
    if (error instanceof UnreadableRecord) return { state: "unknown", unreadable: error.path };
    throw error;
  }
}
