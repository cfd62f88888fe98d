import { rmSync } from "node:fs";
import { z } from "zod";
import type { Problem } from "../problem.ts";
import { shellCommand } from "../shell.ts";
import { replaceSynced } from "../stateFolder/keep.ts";
import { stateFolder } from "../stateFolder/path.ts";
import { readRecord, UnreadableRecord } from "../stateFolder/unreadable.ts";

/** ISO 8601. */
const time = z.string();
/** The name of the safety copy that was saved for the restore; absent where it goes without. */
const copy = z.string().optional();

const unfinishedWipeSchema = z.object({
  at: time,
  /** Path of RKE's log; absent for a restore in place. */
  log: z.string().optional(),
  /** Where each etcd host keeps the old data after a restore in place; absent for one by RKE. */
  oldData: z.string().optional(),
  copy,
});
/** That an earlier restore has taken the cluster's data away, or may have, and its end was not seen. */
export type UnfinishedWipe = z.infer<typeof unfinishedWipeSchema>;

const foundRestoreSchema = z.object({
  at: time,
  /** user@machine. */
  by: z.string(),
  /** The safety copy that was saved for it; absent where it went without. */
  copy: z.object({ name: z.string(), rancherImage: z.string() }).optional(),
});
/** A restore by RKE that another machine began, as the etcd hosts remember it: whether it has wiped is not known here. */
export type FoundRestore = z.infer<typeof foundRestoreSchema>;

const exchangedSchema = z.object({
  id: z.string(),
  at: time,
  /** Where each etcd host keeps the old data. */
  oldData: z.string(),
  copy,
});
type Exchanged = z.infer<typeof exchangedSchema>;

const begunSchema = z.object({
  since: time,
  log: z.string(),
  /** The nodes of the cluster file. */
  hosts: z.array(z.object({ address: z.string(), roles: z.array(z.string()).readonly() })),
  copy,
});
export type StartedRestore = z.infer<typeof begunSchema>;

/** What is written down beside the cluster file until a restore is done. A key that is not known may tell of a wipe. */
const noteSchema = z.strictObject({
  /** An earlier restore has wiped, and the cluster is not whole since then. */
  wiped: unfinishedWipeSchema.optional(),
  begun: begunSchema.extend({ kept: z.string(), wiped: z.string().optional() }).optional(),
  /** A restore in place, from its exchange on. */
  exchanged: exchangedSchema.optional(),
  found: foundRestoreSchema.optional(),
});
export type RestoreNote = z.infer<typeof noteSchema>;

/** @throws UnreadableRecord: then an earlier restore may have wiped the cluster, and no run may assume that none has. */
export function readNote(clusterFile: string): RestoreNote {
  const note = noteOf(clusterFile);
  const what = "the note of earlier restores, one of which may have wiped this cluster";
  const remedy = `put it back from a backup; or, once the cluster is known to be whole and its last restore finished: ${shellCommand(["rm", note])}`;
  return readRecord(note, noteSchema, { what, remedy }) ?? {};
}

/** Nothing to note is no file. */
export function writeNote(clusterFile: string, note: RestoreNote): void {
  if (Object.keys(note).length > 0) replaceSynced(noteOf(clusterFile), `${JSON.stringify(note)}\n`);
  else rmSync(noteOf(clusterFile), { force: true });
}

function noteOf(clusterFile: string): string {
  return stateFolder(clusterFile, "restore.json");
}

/** Why it is not known whether an earlier restore has wiped this cluster: the note of it cannot be read. */
export function unreadableNote(clusterFile: string): Problem | undefined {
  try {
    readNote(clusterFile);
    return undefined;
  } catch (error) {
    if (error instanceof UnreadableRecord) return error.problem;
    throw error;
  }
}

/** Writes down what another machine began, or that nothing of it is unfinished any more. */
export function restoreFound(clusterFile: string, found: FoundRestore | undefined): void {
  const { found: before, ...note } = readNote(clusterFile);
  if (before?.at === found?.at && before?.by === found?.by) return;
  writeNote(clusterFile, { ...note, ...(found && { found }) });
}

/** The restore that another machine began, whose end this machine does not know. */
export function foundRestore(clusterFile: string): FoundRestore | undefined {
  return readNote(clusterFile).found;
}

/** Writes down that etcd's data are being exchanged. @returns when, ISO 8601. */
export function exchangeBegins(clusterFile: string, exchange: Omit<Exchanged, "at">): string {
  const at = new Date().toISOString();
  noteExchange(clusterFile, { ...exchange, at });
  return at;
}

/** Writes down an exchange that was found on the hosts: another machine may have begun it. */
export function exchangeFound(clusterFile: string, exchange: Exchanged): void {
  if (readNote(clusterFile).exchanged?.id !== exchange.id) noteExchange(clusterFile, exchange);
}

/** One before it that was not put back stays written down. */
function noteExchange(clusterFile: string, exchanged: Exchanged): void {
  const { exchanged: other, ...note } = readNote(clusterFile);
  const wiped = note.wiped ?? (other && other.id !== exchanged.id ? wipeOf(other) : undefined);
  writeNote(clusterFile, { ...note, ...(wiped && { wiped }), exchanged });
}

/** The old data of this exchange are back. A note that cannot be read stays: the next run refuses to go on with it. */
export function exchangeUndone(clusterFile: string, id: string): void {
  if (unreadableNote(clusterFile)) return;
  const { exchanged, ...rest } = readNote(clusterFile);
  if (exchanged?.id === id) writeNote(clusterFile, rest);
}

/** What an exchange is to a run that finds it unfinished. */
export function wipeOf({ id: _, ...wipe }: Exchanged): UnfinishedWipe {
  return wipe;
}
