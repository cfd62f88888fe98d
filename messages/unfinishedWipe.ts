import type { UnfinishedWipe } from "../cluster/history/note.ts";
import type { Problem, RemedyPart } from "../cluster/problem.ts";

/** The ways on from a restore that wiped the cluster and was not finished. */
export const WAYS_ON: RemedyPart[] = [
  { text: "to finish it", command: "apply" },
  { text: "to return to the safety copy", command: "undo" },
];

/** Why what needs a whole cluster is refused. */
export function incomplete(wiped: UnfinishedWipe): Problem {
  const { at, log, oldData } = wiped;
  const left = oldData === undefined ? `RKE's log: ${log}` : oldDataText(oldData);
  const message = `a restore began to wipe this cluster at ${at} and did not finish, so the cluster is incomplete; ${left}`;
  return { message, remedy: WAYS_ON };
}

/** @param folder where they are on each etcd host, after a restore in place. */
export function oldDataText(folder: string): string {
  return `the old data are kept in ${folder} on each etcd host`;
}
