import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { z } from "zod";
import type { Problem } from "../problem.ts";
import { shellCommand } from "../shell.ts";
import { replaceSynced } from "../stateFolder/keep.ts";
import { stateFolder } from "../stateFolder/path.ts";
import { readRecord, UnreadableRecord } from "../stateFolder/unreadable.ts";
import { readLog } from "./log.ts";
import { keepRkeFiles, putBackRkeFiles, rkeFilesWrittenAt } from "./rkeFiles.ts";

const unfinishedWipeSchema = z.object({
  /** ISO 8601. */
  at: z.string(),
  /** Path of RKE's log; absent for a restore in place. */
  log: z.string().optional(),
  /** Where each etcd host keeps the old data after a restore in place; absent for one by RKE. */
  oldData: z.string().optional(),
  /** The name of the safety copy that was saved for it; absent where it went without. */
  copy: z.string().optional(),
});
/** That an earlier restore has taken the cluster's data away, or may have, and its end was not seen. */
export type UnfinishedWipe = z.infer<typeof unfinishedWipeSchema>;

/** What became of RKE's state file, which a restore rewrites in its first second. */
export type StateFileFate = "unchanged" | "put-back" | "as-rke-left-it";

const foundRestoreSchema = z.object({
  /** ISO 8601. */
  at: z.string(),
  /** user@machine. */
  by: z.string(),
  /** The safety copy that was saved for it; absent where it went without. */
  copy: z.object({ name: z.string(), rancherImage: z.string() }).optional(),
});
/** A restore by RKE that another machine began, as the etcd hosts remember it: whether it has wiped is not known here. */
export type FoundRestore = z.infer<typeof foundRestoreSchema>;

const exchangedSchema = z.object({
  /** The exchange's. */
  id: z.string(),
  /** ISO 8601. */
  at: z.string(),
  /** Where each etcd host keeps the old data. */
  oldData: z.string(),
  /** The name of the safety copy that was saved for it; absent where it goes without. */
  copy: z.string().optional(),
});
type Exchanged = z.infer<typeof exchangedSchema>;

const begunSchema = z.object({
  /** ISO 8601. */
  since: z.string(),
  log: z.string(),
  /** The nodes of the cluster file. */
  hosts: z.array(z.object({ address: z.string(), roles: z.array(z.string()).readonly() })),
  /** The name of the safety copy that was saved for it; absent where it goes without. */
  copy: z.string().optional(),
});
/** A restore that was begun. */
type StartedRestore = z.infer<typeof begunSchema>;

/** What is written down beside the cluster file until a restore is done. A key that is not known may tell of a wipe. */
const noteSchema = z.strictObject({
  /** An earlier restore has wiped, and the cluster is not whole since then. */
  wiped: unfinishedWipeSchema.optional(),
  begun: begunSchema.extend({ kept: z.string(), wiped: z.string().optional() }).optional(),
  /** A restore in place, from its exchange on. */
  exchanged: exchangedSchema.optional(),
  found: foundRestoreSchema.optional(),
});
type Note = z.infer<typeof noteSchema>;

/** A file that was written so much later than RKE's log was not written by RKE, ms. */
const WRITTEN_LATER = 5000;

/** Keeps RKE's files and writes down that a restore begins. A wipe before it stays written down. */
export function restoreBegins(clusterFile: string, begun: StartedRestore): void {
  settleKilledRestore(clusterFile);
  const wiped = unfinishedWipe(clusterFile);
  const { found } = read(clusterFile);
  const kept = keepRkeFiles(clusterFile, `before-restore-${begun.since.replaceAll(":", "")}`);
  write(clusterFile, { ...(wiped && { wiped }), ...(found && { found }), begun: { ...begun, kept } });
}

/**
 * Writes down that RKE has begun to wipe, or may have: a power cut can take that back out of its log, which is not synced.
 * @param at ISO 8601.
 */
export function wipeSeen(clusterFile: string, at: string): void {
  const { begun, ...note } = read(clusterFile);
  if (begun && begun.wiped === undefined) write(clusterFile, { ...note, begun: { ...begun, wiped: at } });
}

/** Writes down what another machine began, or that nothing of it is unfinished any more. */
export function restoreFound(clusterFile: string, found: FoundRestore | undefined): void {
  const { found: before, ...note } = read(clusterFile);
  if (before?.at === found?.at && before?.by === found?.by) return;
  write(clusterFile, { ...note, ...(found && { found }) });
}

/** The restore that another machine began, whose end this machine does not know. */
export function foundRestore(clusterFile: string): FoundRestore | undefined {
  return read(clusterFile).found;
}

/** Writes down that etcd's data are being exchanged. @returns when, ISO 8601. */
export function exchangeBegins(clusterFile: string, exchange: Omit<Exchanged, "at">): string {
  const at = new Date().toISOString();
  noteExchange(clusterFile, { ...exchange, at });
  return at;
}

/** Writes down an exchange that was found on the hosts: another machine may have begun it. */
export function exchangeFound(clusterFile: string, exchange: Exchanged): void {
  if (read(clusterFile).exchanged?.id !== exchange.id) noteExchange(clusterFile, exchange);
}

/** One before it that was not put back stays written down. */
function noteExchange(clusterFile: string, exchanged: Exchanged): void {
  const { exchanged: other, ...note } = read(clusterFile);
  const wiped = note.wiped ?? (other && other.id !== exchanged.id ? wipeOf(other) : undefined);
  write(clusterFile, { ...note, ...(wiped && { wiped }), exchanged });
}

/** The old data of this exchange are back. A note that cannot be read stays: the next run refuses to go on with it. */
export function exchangeUndone(clusterFile: string, id: string): void {
  if (unreadableNote(clusterFile)) return;
  const { exchanged, ...rest } = read(clusterFile);
  if (exchanged?.id === id) write(clusterFile, rest);
}

/** The restore is done, or failed; one that has wiped nothing leaves RKE's files as they were before it. */
export function restoreEnded(clusterFile: string, { done }: { done: boolean }): StateFileFate {
  if (done) {
    write(clusterFile, {});
    return "as-rke-left-it";
  }
  try {
    const { begun, wiped } = read(clusterFile);
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
  const { begun, wiped } = read(clusterFile);
  if (!begun || wipeIn(begun)) return "as-rke-left-it";
  const changedSince = (rkeFilesWrittenAt(clusterFile) ?? 0) > statSync(begun.log).mtimeMs + WRITTEN_LATER;
  if (!changedSince) return restoreEnded(clusterFile, { done: false });
  forget(clusterFile, begun.kept, wiped);
  return "as-rke-left-it";
}

/**
 * The wipe after which no restore of this cluster was seen to its end; undefined where there is none. Where it is not
 * noted, RKE's log tells, as RKE goes on when the step that follows it is killed; a log that is gone cannot say that nothing was wiped.
 */
export function unfinishedWipe(clusterFile: string): UnfinishedWipe | undefined {
  const { begun, wiped, exchanged } = read(clusterFile);
  return wiped ?? (begun && wipeIn(begun)) ?? (exchanged && wipeOf(exchanged));
}

/** Why it is not known whether an earlier restore has wiped this cluster: the note of it cannot be read. */
export function unreadableNote(clusterFile: string): Problem | undefined {
  try {
    read(clusterFile);
    return undefined;
  } catch (error) {
    if (error instanceof UnreadableRecord) return error.problem;
    throw error;
  }
}

function wipeOf({ id: _, ...wipe }: Exchanged): UnfinishedWipe {
  return wipe;
}

function wipeIn({ since, log, hosts, copy, wiped }: NonNullable<Note["begun"]>): UnfinishedWipe | undefined {
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
  /** It has built the whole cluster. */
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
  const { begun } = read(clusterFile);
  if (!begun || !existsSync(begun.log)) return undefined;
  const { since, log, hosts } = begun;
  const { succeeded, wipe, warnings, built } = readLog(readFileSync(log, "utf8"), "restore", 0, hosts);
  return succeeded && wipe ? { since, wipedAt: wipe.at ?? since, warnings, built, log } : undefined;
}

function forget(clusterFile: string, kept: string, wiped: UnfinishedWipe | undefined): void {
  const { found } = read(clusterFile);
  write(clusterFile, { ...(wiped && { wiped }), ...(found && { found }) });
  rmSync(kept, { recursive: true, force: true });
}

/** @throws UnreadableRecord: then an earlier restore may have wiped the cluster, and no run may assume that none has. */
function read(clusterFile: string): Note {
  const note = noteOf(clusterFile);
  const what = "the note of earlier restores, one of which may have wiped this cluster";
  const remedy = `put it back from a backup; or, once the cluster is known to be whole and its last restore finished: ${shellCommand(["rm", note])}`;
  return readRecord(note, noteSchema, { what, remedy }) ?? {};
}

/** Nothing to note is no file. */
function write(clusterFile: string, note: Note): void {
  if (Object.keys(note).length > 0) replaceSynced(noteOf(clusterFile), `${JSON.stringify(note)}\n`);
  else rmSync(noteOf(clusterFile), { force: true });
}

function noteOf(clusterFile: string): string {
  return stateFolder(clusterFile, "restore.json");
}
