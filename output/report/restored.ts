import type { Way } from "../../cluster/inPlace/way.ts";
import { dateAndTime } from "../../cluster/time.ts";
import { reasonText } from "../../messages/restoreReasons.ts";
import type { RunRecord } from "../../run/record.ts";

const DONE: Record<Way, string> = {
  "in-place": "in place: restored next to the live data, then the two were exchanged",
  "rename-back": "by renaming the old data back",
  rke: "by RKE's own restore",
};

/** How etcd was restored, or would be, and why: by what the run did, else by its plan. Undefined where neither says it. */
export function wayOf({ restore, plan }: RunRecord): Way | undefined {
  return restore?.way ?? plan?.restore?.way;
}

/** How etcd was restored, or is planned to be, as lines; none where that is not known. */
export function restoredLines(record: RunRecord): string[] {
  const way = wayOf(record);
  if (way === undefined) return [];
  const { restore, plan } = record;
  const reasons = restore?.reasons ?? plan?.restore?.reasons ?? [];
  return [restore ? DONE[way] : `planned ${DONE[way]}`, ...reasons.map(reasonText)];
}

/** Where etcd's old data are kept, and until when, as a sentence; undefined where they do not. */
export function oldDataText({ restore }: RunRecord, quoted: (name: string) => string): string | undefined {
  if (!restore?.oldData) return undefined;
  const { path, until } = restore.oldData;
  return `etcd's old data are kept in ${quoted(`${path}/old/member`)} on every etcd host; until ${dateAndTime(until)} no restore in place deletes them`;
}
