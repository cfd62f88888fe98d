import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { replaceSynced } from "./keep.ts";

/** That an earlier restore has wiped the cluster, and its end was not seen. */
export interface UnfinishedWipe {
  /** ISO 8601. */
  at: string;
  /** Path of RKE's log. */
  log: string;
}

/** A restore that was begun, as it is written down beside the cluster file until it has ended. */
interface Begun {
  /** ISO 8601. */
  since: string;
  log: string;
  /** The line of the log after which the cluster is being wiped. */
  pointOfNoReturn: string;
}

/** Writes down that a restore begins. One before it that has wiped stays written down: the cluster is not whole since then. */
export function restoreBegins(clusterFile: string, begun: Begun): void {
  if (!unfinishedWipe(clusterFile)) replaceSynced(noteOf(clusterFile), `${JSON.stringify(begun)}\n`);
}

/** The restore is done, or it ended before it wiped anything. */
export function restoreEnded(clusterFile: string, { done }: { done: boolean }): void {
  if (done || !unfinishedWipe(clusterFile)) rmSync(noteOf(clusterFile), { force: true });
}

/**
 * The wipe after which no restore of this cluster was seen to its end; undefined where there is none. RKE's log tells,
 * as RKE goes on when the step that follows it is killed; a log that is gone cannot say that nothing was wiped.
 */
export function unfinishedWipe(clusterFile: string): UnfinishedWipe | undefined {
  const note = noteOf(clusterFile);
  if (!existsSync(note)) return undefined;
  const { since, log, pointOfNoReturn } = JSON.parse(readFileSync(note, "utf8")) as Begun;
  if (!existsSync(log)) return { at: since, log };
  const line = readFileSync(log, "utf8")
    .split("\n")
    .find((one) => one.includes(pointOfNoReturn));
  return line === undefined ? undefined : { at: timeOf(line) ?? since, log };
}

function noteOf(clusterFile: string): string {
  return join(dirname(clusterFile), ".rancher-rollback", "restore.json");
}

/** RKE writes no time where it takes its log for a terminal. */
function timeOf(line: string): string | undefined {
  const time = Date.parse(/^time="([^"]+)"/.exec(line)?.[1] ?? "");
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
