import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { isFinishedElsewhere } from "../history/begunElsewhere.ts";
import {
  type RestoreNote,
  readNote,
  type StartedRestore,
  type UnfinishedWipe,
  wipeOf,
  writeNote,
} from "../history/note.ts";
import { isSame, type RestoreRecord, type RestoreRequest } from "../history/restores.ts";
import { readLog } from "./log.ts";
import { keepRkeFiles, putBackRkeFiles, rkeFilesWrittenAt } from "./rkeFiles.ts";

/** What became of RKE's state file, which a restore rewrites in its first second. */
export type StateFileFate = "unchanged" | "put-back" | "as-rke-left-it";

/** A file that was written so much later than RKE's log was not written by RKE, ms. */
const WRITTEN_LATER = 5000;

/** Keeps RKE's files and writes down that a restore begins. A wipe before it stays written down. */
export function restoreBegins(clusterFile: string, begun: StartedRestore): void {
  settleKilledRestore(clusterFile);
  const wiped = unfinishedWipe(clusterFile);
  const { found } = readNote(clusterFile);
  const kept = keepRkeFiles(clusterFile, `before-restore-${begun.since.replaceAll(":", "")}`);
  writeNote(clusterFile, { ...(wiped && { wiped }), ...(found && { found }), begun: { ...begun, kept } });
}

/**
 * Writes down that RKE has begun to wipe, or may have: a power cut can take that back out of its log, which is not synced.
 * @param at ISO 8601.
 */
export function wipeSeen(clusterFile: string, at: string): void {
  const { begun, ...note } = readNote(clusterFile);
  if (begun && begun.wiped === undefined) writeNote(clusterFile, { ...note, begun: { ...begun, wiped: at } });
}

/** The restore is done, or failed; one that has wiped nothing leaves RKE's files as they were before it. */
export function restoreEnded(clusterFile: string, { done }: { done: boolean }): StateFileFate {
  if (done) {
    writeNote(clusterFile, {});
    return "as-rke-left-it";
  }
  try {
    const { begun, wiped } = readNote(clusterFile);
    if (!begun || wipeIn(begun)) return "as-rke-left-it";
    const changed = putBackRkeFiles(clusterFile, begun.kept);
    forget(clusterFile, begun.kept, wiped);
    return changed ? "put-back" : "unchanged";
  } catch {
    // What was kept stays, and so does the note, also one that cannot be read: the next run tries again.
    return "as-rke-left-it";
  }
}

/**
 * Does for a restore whose step was killed what restoreEnded would have done, unless someone has changed RKE's files
 * since. Only for the holder of the folder's lock: RKE must have ended.
 */
export function settleKilledRestore(clusterFile: string): StateFileFate {
  const { begun, wiped } = readNote(clusterFile);
  if (!begun || wipeIn(begun)) return "as-rke-left-it";
  const changedSince = (rkeFilesWrittenAt(clusterFile) ?? 0) > statSync(begun.log).mtimeMs + WRITTEN_LATER;
  if (!changedSince) return restoreEnded(clusterFile, { done: false });
  forget(clusterFile, begun.kept, wiped);
  return "as-rke-left-it";
}

/**
 * Forgets the wipes that are noted, where another machine has restored the cluster since. Of a restore that has wiped
 * nothing, RKE's files are still to be put back. Not while a restore may be at work in this folder.
 */
export function settleFinishedElsewhere(clusterFile: string, records: RestoreRecord[]): void {
  if (!isFinishedElsewhere(records, clusterFile)) return;
  const { wiped: _, exchanged: __, begun, ...note } = readNote(clusterFile);
  if (unfinishedWipe(clusterFile)) writeNote(clusterFile, { ...note, ...(begun && !wipeIn(begun) && { begun }) });
}

/**
 * The wipe after which no restore of this cluster was seen to its end; undefined where there is none. Where it is not
 * noted, RKE's log tells, as RKE goes on when the step that follows it is killed; a log that is gone cannot say that nothing was wiped.
 * @param records without them, what another machine has finished is unfinished.
 */
export function unfinishedWipe(clusterFile: string, records: RestoreRecord[] = []): UnfinishedWipe | undefined {
  if (isFinishedElsewhere(records, clusterFile)) return undefined;
  const { begun, wiped, exchanged } = readNote(clusterFile);
  return wiped ?? (begun && wipeIn(begun)) ?? (exchanged && wipeOf(exchanged));
}

function wipeIn({ since, log, hosts, copy, wiped }: NonNullable<RestoreNote["begun"]>): UnfinishedWipe | undefined {
  const of = { log, ...(copy !== undefined && { copy }) };
  if (wiped !== undefined) return { at: wiped, ...of };
  if (!existsSync(log)) return { at: since, ...of };
  const { wipe, wipePossible = wipe } = readLog(readFileSync(log, "utf8"), "restore", null, hosts);
  return wipePossible && { at: (wipe ?? wipePossible).at ?? since, ...of };
}

/** A restore that its own run did not see to the end: RKE went on after the step was killed, and did all it was asked. */
export interface UnseenRestore {
  /** ISO 8601, when RKE was started. */
  since: string;
  /** ISO 8601, when it began to wipe. */
  wipedAt: string;
  warnings: number;
  built: boolean;
  /** Path of RKE's log. */
  log: string;
}

/**
 * The restore that finished unseen; undefined where there is none. Only for a cluster folder in which no RKE is at work.
 * The exit code is lost, and not needed: where RKE exits with 1 after its last line, the log names the dropped hosts
 * (cmd/etcd.go v0.2.0 to v1.8.0).
 */
export function unseenRestore(clusterFile: string): UnseenRestore | undefined {
  const { begun } = readNote(clusterFile);
  if (!begun || !existsSync(begun.log)) return undefined;
  const { since, log, hosts } = begun;
  const { succeeded, wipe, warnings, built } = readLog(readFileSync(log, "utf8"), "restore", 0, hosts);
  return succeeded && wipe ? { since, wipedAt: wipe.at ?? since, warnings, built, log } : undefined;
}

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

function forget(clusterFile: string, kept: string, wiped: UnfinishedWipe | undefined): void {
  const { found } = readNote(clusterFile);
  writeNote(clusterFile, { ...(wiped && { wiped }), ...(found && { found }) });
  rmSync(kept, { recursive: true, force: true });
}
