import type { Way } from "../inPlace/way.ts";
import { type Problem, seeRoom } from "../problem.ts";
import { lineOf } from "../script.ts";
import { type ProvenSnapshot, SNAPSHOT_FOLDER } from "../snapshot/proof.ts";
import { mib } from "../text.ts";

/** Where RKE's own restore writes what it then moves to etcd's data directory (v0.1.7 to v1.8.0, services/etcd.go). */
export const RESTORE_FOLDER = "/opt/rke/etcd-snapshots-restore";

/** A folder that RKE's own restore fills. Folders on one file system share what is free there. Sizes in KiB. */
export interface Place {
  folder: string;
  /** As `df` calls it. */
  fileSystem: string;
  /** The folder, or the one above it where it is not there yet. */
  seen: string;
  free: number;
  /** What is there now and goes before it is filled: the wipe or the restore removes it. */
  freed: number;
}

export interface Places {
  /** Where etcd's data lie, or will lie. */
  etcd: Place;
  restore: Place;
  /** What goes is the plain file beside a zip, which is unpacked over it. */
  snapshots: Place;
}

/** What is free once it is filled. */
export function roomIn({ free, freed }: Place): number {
  return free + freed;
}

export function parsePlaces(printed: string): Places {
  const place = (kind: keyof Places, folder: string): Place => {
    const line = lineOf(printed, `${kind}-room`) ?? "";
    const [, free, freed, fileSystem = "", seen = folder] = /^(\d+) (\d+) (\S+) (.+)$/.exec(line) ?? [];
    return { folder, fileSystem, seen, free: Number(free), freed: Number(freed) };
  };
  return {
    etcd: place("etcd", lineOf(printed, "etcd-folder") ?? ""),
    restore: place("restore", RESTORE_FOLDER),
    snapshots: place("snapshots", SNAPSHOT_FOLDER),
  };
}

/** etcd keeps a log of 64 MB beside its data. */
const LOG = 64 * 1024;
/** Stays free on each file system. */
const SPARE = 64 * 1024;

/**
 * On which file systems of a node RKE's own restore has no room. Before the wipe it unpacks a zip beside itself; after the
 * wipe it restores what it has unpacked, and then copies that into etcd's data directory: its container has the two folders
 * as mounts of their own, so `mv` cannot rename even on one file system. What was unpacked and restored goes only after that.
 * @param way undefined where it is not known, as RKE's is the one that always remains. In place has needs of its own (inPlace/decision.ts).
 */
export function roomFailures(
  node: string,
  { etcd, restore, snapshots }: Places,
  { file, unpacked }: Pick<ProvenSnapshot, "file" | "unpacked">,
  way: Way | undefined,
): Problem[] {
  if (way !== undefined && way !== "rke") return [];
  const data = Math.ceil(unpacked / 1024);
  const isZip = file.endsWith(".zip");
  const needs = [
    ...(isZip ? [{ place: snapshots, kib: data }] : []),
    { place: restore, kib: data + LOG },
    { place: etcd, kib: data + LOG },
  ];
  return [...Map.groupBy(needs, ({ place }) => place.fileSystem).values()].flatMap((shared) => {
    const sum = (of: (need: (typeof needs)[number]) => number) => shared.reduce((all, need) => all + of(need), 0);
    const folders = shared.map(({ place }) => place.folder);
    const remedy = `make room on ${node}: ${seeRoom(...shared.map(({ place }) => place.seen))}`;
    const free = Math.min(...shared.map(({ place }) => place.free));
    const freed = sum(({ place }) => place.freed);
    const after = sum(({ kib }) => kib) + SPARE;
    const removed = freed > 0 ? `, and ${mib(freed)} that the restore removes` : "";
    if (free + freed < after) {
      const message = `${node}: RKE's restore needs ${mib(after)} in ${listed(folders)}, there are ${mib(free)} free${removed}`;
      return [{ message, remedy }];
    }
    const before = isZip && shared.some(({ place }) => place === snapshots) ? data + SPARE : 0;
    if (free + snapshots.freed < before) {
      const message = `${node}: RKE needs ${mib(before)} in ${snapshots.folder} to unpack ${file}, there are ${mib(free)} free`;
      return [{ message, remedy }];
    }
    return [];
  });
}

function listed(folders: string[]): string {
  const [last = "", ...others] = [...folders].reverse();
  return others.length === 0 ? last : `${others.reverse().join(", ")} and ${last}, which share a disk`;
}
