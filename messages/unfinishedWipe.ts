import type { UnfinishedWipe } from "../cluster/history/note.ts";
import type { Problem } from "../cluster/problem.ts";
import { type Audience, waysOn } from "./commands.ts";

/** Why what needs a whole cluster is refused. */
export function incomplete(wiped: UnfinishedWipe, audience: Audience): Problem {
  const { at, log, oldData } = wiped;
  const left = oldData === undefined ? `RKE's log: ${log}` : oldDataText(oldData);
  const message = `a restore began to wipe this cluster at ${at} and did not finish, so the cluster is incomplete; ${left}`;
  return { message, remedy: waysOn(audience) };
}

/** @param folder where they are on each etcd host, after a restore in place. */
export function oldDataText(folder: string): string {
  return `the old data are kept in ${folder} on each etcd host`;
}
