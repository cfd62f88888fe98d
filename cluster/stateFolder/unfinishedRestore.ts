import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type LogHost, readLog } from "../rke/log.ts";
import { replaceSynced } from "./keep.ts";

/** That an earlier restore has wiped the cluster, or may have, and its end was not seen. */
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
  /** The nodes of the cluster file. */
  hosts: LogHost[];
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
  const { since, log, hosts } = JSON.parse(readFileSync(note, "utf8")) as Begun;
  if (!existsSync(log)) return { at: since, log };
  const { wipe, wipePossible = wipe } = readLog(readFileSync(log, "utf8"), "restore", null, hosts);
  return wipePossible && { at: (wipe ?? wipePossible).at ?? since, log };
}

/** A restore that its own run did not see to the end: RKE went on after the step was killed, and did all it was asked. */
export interface UnseenRestore {
  /** ISO 8601, when RKE was started. */
  since: string;
  /** ISO 8601, when it began to wipe. */
  wipedAt: string;
  warnings: number;
  /** Path of RKE's log. */
  log: string;
}

/**
 * The restore that finished unseen; undefined where there is none. Only for a cluster folder in which no RKE is at work.
 * The exit code is lost, and not needed: where RKE exits with 1 after its last line, the log names the dropped hosts
 * (cmd/etcd.go v0.2.0 to v1.8.0).
 */
export function unseenRestore(clusterFile: string): UnseenRestore | undefined {
  const note = noteOf(clusterFile);
  if (!existsSync(note)) return undefined;
  const { since, log, hosts } = JSON.parse(readFileSync(note, "utf8")) as Begun;
  if (!existsSync(log)) return undefined;
  const { succeeded, wipe, warnings } = readLog(readFileSync(log, "utf8"), "restore", 0, hosts);
  return succeeded && wipe ? { since, wipedAt: wipe.at ?? since, warnings, log } : undefined;
}

function noteOf(clusterFile: string): string {
  return join(dirname(clusterFile), ".rancher-rollback", "restore.json");
}
