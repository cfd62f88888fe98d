import { z } from "zod";
import { jsonOf } from "../json.ts";
import { OWN_FOLDER } from "../node/ownFolder.ts";
import { asRoot } from "../node/privilege.ts";
import { linesOf, script } from "../script.ts";

/** Where an etcd host keeps what was restored on it. */
export const HISTORY_FOLDER = `${OWN_FOLDER}/restores`;

/** A restore of the cluster, as each etcd host remembers it (design law 1): one file per snapshot and run. Lists are oldest first. */
export const restoreRecordSchema = z.object({
  snapshot: z.string(),
  /** Counts the restores of one snapshot that were asked for. */
  run: z.int(),
  /** Counts the restores of the cluster as they were begun: the clocks of the machines that did them may differ. */
  number: z.int().optional(),
  /** ISO 8601, when the step that wipes started. */
  startedAt: z.string(),
  /** ISO 8601, where it was begun before and did not finish: when that was first. */
  firstStartedAt: z.string().optional(),
  /** ISO 8601; absent for a restore that is not known to have finished. */
  finishedAt: z.string().optional(),
  /** ISO 8601; the run that began it has failed then, and nothing of it is alive. */
  failedAt: z.string().optional(),
  stack: z.string(),
  /** user@machine. */
  holder: z.string(),
  /** Of the folder with the cluster file there; see stateFolder/machine.ts. */
  machine: z.string().optional(),
  /** sha256 of the snapshot's content. */
  content: z.string().optional(),
  /** The copy of what was wiped, and the Rancher image that ran then. */
  safetyCopy: z.object({ name: z.string(), rancherImage: z.string() }).optional(),
  /**
   * What the nodes of its cluster were called then: their addresses, and those that it replaced as the settings called them.
   * Absent from records of earlier releases.
   */
  nodes: z.array(z.string()).optional(),
  /** A restore in place keeps what it exchanged under this id in etcd's data directory. */
  inPlace: z.object({ id: z.string() }).optional(),
});
export type RestoreRecord = z.infer<typeof restoreRecordSchema>;

/** What identifies a restore: nothing but another snapshot or a raised `run` asks for another one. */
export type RestoreRequest = Pick<RestoreRecord, "snapshot" | "run">;

export const READ_SCRIPT = asRoot(script(import.meta.dirname, "read.sh")({ remembered: HISTORY_FOLDER }));

const write = script(import.meta.dirname, "write.sh");
const setAside = script(import.meta.dirname, "setAside.sh");

export function writeScript(record: RestoreRecord): string {
  return asRoot(write({ file: fileOf(record), record: JSON.stringify(record) }));
}

export function setAsideScript(records: RestoreRecord[]): string {
  return asRoot(records.map((record) => setAside({ file: fileOf(record) })).join(""));
}

function fileOf({ snapshot, run }: RestoreRecord): string {
  return `${HISTORY_FOLDER}/${snapshot}.${run}.json`;
}

/** Whether a restore was of the cluster to which one of these belongs. Unknown for a record that does not say. */
export function isOfCluster({ nodes = [] }: RestoreRecord, others: string[]): boolean {
  const known = others.map((name) => name.toLowerCase());
  return nodes.some((name) => known.includes(name.toLowerCase()));
}

/** The lines of the reading script → the restores; a line that is no record is left out. */
export function parseRestores(printed: string): RestoreRecord[] {
  return linesOf(printed, "restore").flatMap((json) => restoreRecordSchema.safeParse(jsonOf(json)).data ?? []);
}

/** What all hosts remember, oldest first; of one restore the record of a host that knows its end, or most of it. */
export function mergeRestores(hosts: RestoreRecord[][]): RestoreRecord[] {
  const merged = new Map<string, RestoreRecord>();
  for (const record of hosts.flat()) {
    const key = consentFor(record);
    const other = merged.get(key);
    if (!other || knowsMore(record, other)) merged.set(key, record);
  }
  return [...merged.values()].sort(
    (one, other) => numberOf(one) - numberOf(other) || (one.startedAt < other.startedAt ? -1 : 1),
  );
}

function knowsMore(one: RestoreRecord, other: RestoreRecord): boolean {
  if (one.finishedAt !== undefined || other.finishedAt !== undefined) return other.finishedAt === undefined;
  if (numberOf(one) !== numberOf(other)) return numberOf(one) > numberOf(other);
  return one.failedAt !== undefined && other.failedAt === undefined;
}

/** Whether a restore is not known to have ended: its run, or the RKE that it has left, may be at work. */
export function mayBeAlive({ finishedAt, failedAt }: RestoreRecord): boolean {
  return finishedAt === undefined && failedAt === undefined;
}

/** The number of a restore that is begun now. @param records what the cluster remembers. */
export function nextNumber(records: RestoreRecord[]): number {
  return Math.max(0, ...records.map(numberOf)) + 1;
}

function numberOf({ number = 0 }: RestoreRecord): number {
  return number;
}

/** The finished restore that a request repeats; undefined where the request asks for a new one. */
export function finishedRestore(records: RestoreRecord[], asked: RestoreRequest): RestoreRecord | undefined {
  return records.find((record) => isSame(record, asked) && record.finishedAt !== undefined);
}

/** When a restore was begun first, ISO 8601, however often it was tried since. */
export function firstBegun({ startedAt, firstStartedAt = startedAt }: RestoreRecord): string {
  return firstStartedAt;
}

export function isSame(one: RestoreRequest, other: RestoreRequest): boolean {
  return one.snapshot === other.snapshot && one.run === other.run;
}

/** What the operator types to confirm a restore: it is good for this one alone, `base`, and `base#2` for its second run. */
export function consentFor({ snapshot, run }: RestoreRequest): string {
  return run === 1 ? snapshot : `${snapshot}#${run}`;
}
