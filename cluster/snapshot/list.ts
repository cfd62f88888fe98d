import { asRoot } from "../node/privilege.ts";
import { lineOf, messagesOf, script } from "../script.ts";
import { type Defect, defectOf } from "../scriptProblems/defects.ts";
import { snapshotNameMistake } from "./name.ts";
import { SNAPSHOT_FOLDER } from "./proof.ts";
import { takenAt, timeInName } from "./takenAt.ts";

export interface ListedFile {
  file: string;
  bytes: number;
  /** When it was written, seconds since 1970. */
  writtenAt: number;
  /** When it was last replaced, renamed or written, ms since 1970 by the operator's clock. */
  changedAt: number;
  /** Bytes of the snapshot itself; absent where the file is none. */
  unpacked?: number;
  /** What copies of one snapshot have in common, if they are all plain or all zips; no proof that they are whole. */
  mark?: string;
  wrong?: Defect;
}

/** A snapshot by its name, with the file that RKE would restore on each host that has one. */
export interface ListedSnapshot {
  name: string;
  /** ISO 8601; absent where it is not known (takenAt.ts). */
  takenAt?: string;
  copies: { node: string; file: ListedFile }[];
  /** Names of the hosts that were asked and do not have it. */
  missingOn: string[];
  /** Whether all copies are one snapshot; absent where there is one copy only, or that is unknown. */
  same?: boolean;
}

const list = script(import.meta.dirname, "list.sh");

export const LIST_SCRIPT = asRoot(list({ folder: SNAPSHOT_FOLDER }));

/** @param now when the script was run, ms since 1970 by the operator's clock. */
export function parseList(printed: string, now: number): ListedFile[] {
  const clock = lineOf(printed, "now");
  const ahead = clock === undefined ? 0 : Number(clock) * 1000 - now;
  return messagesOf(printed, "file").map(({ code, values }): ListedFile => {
    const { file = "", bytes, written, changed, unpacked, mark = "", why = "" } = values;
    const times = { writtenAt: Number(written), changedAt: Number(changed) * 1000 - ahead };
    const about = { file, bytes: Number(bytes), ...times };
    return code === "wrong" ? { ...about, wrong: defectOf(why) } : { ...about, unpacked: Number(unpacked), mark };
  });
}

/**
 * What the hosts have, by the snapshots' names, the newest first; what can be none by its name is left out.
 * @param rkeReadsZips whether the RKE that restores reads zips: then it takes the zip where there are both.
 */
export function listedSnapshots(
  hosts: { node: string; files: ListedFile[] }[],
  { rkeReadsZips }: { rkeReadsZips: boolean },
): ListedSnapshot[] {
  const all = hosts.flatMap(({ node, files }) =>
    files.filter(({ file }) => snapshotNameMistake(snapshotOf(file)) === undefined).map((file) => ({ node, file })),
  );
  const named = Map.groupBy(all, ({ file }) => snapshotOf(file.file));
  const found = [...named].map(([name, files]): ListedSnapshot => {
    const copies = hosts.flatMap(({ node }) => {
      const here = files.filter((one) => one.node === node);
      const preferred = here.find(({ file }) => file.file.endsWith(".zip") === rkeReadsZips);
      return preferred ?? here[0] ?? [];
    });
    const times = copies.flatMap(({ file }) => takenAt(file.file, file.writtenAt) ?? []).sort();
    const same = isSame(copies.map(({ file }) => file));
    return {
      name,
      ...(times[0] !== undefined && { takenAt: times[0] }),
      copies,
      missingOn: hosts.flatMap(({ node }) => (copies.some((copy) => copy.node === node) ? [] : [node])),
      ...(same !== undefined && { same }),
    };
  });
  return found.sort((one, other) => (one.takenAt === other.takenAt ? byName(one, other) : byTime(one, other)));
}

/** The snapshot's name, as RKE wants it, of a file or an object. */
export function snapshotOf(file: string): string {
  return file.replace(/\.zip$/, "");
}

/**
 * Whether a file that was not proven counts as a snapshot, if perhaps a damaged one: it is called like one, or as long as
 * a plain one is. Beside the snapshots lie others' files, such as RKE's state file.
 */
export function seemsSnapshot({ file, bytes }: Pick<ListedFile, "file" | "bytes">): boolean {
  return file.endsWith(".zip") || timeInName(file) !== undefined || (bytes > 32 && bytes % 512 === 32);
}

function isSame(files: ListedFile[]): boolean | undefined {
  const zips = new Set(files.map(({ file }) => file.endsWith(".zip")));
  if (files.length < 2 || zips.size > 1 || files.some(({ mark }) => mark === undefined)) return undefined;
  return new Set(files.map(({ mark, unpacked }) => `${mark} ${unpacked}`)).size === 1;
}

function byTime(one: ListedSnapshot, other: ListedSnapshot): number {
  return (one.takenAt ?? "") > (other.takenAt ?? "") ? -1 : 1;
}

function byName(one: ListedSnapshot, other: ListedSnapshot): number {
  return one.name < other.name ? -1 : 1;
}
