import { mib } from "../text.ts";
import type { Disk, EtcdSource } from "./safetyCopy.ts";

/** Stays free beside a copy, KiB. */
const SPARE = 256 * 1024;

/**
 * What a host does for a copy: its etcd saves it, it is made of the data of an etcd that is stopped, RKE saves it there, or
 * it comes from another host.
 */
export type Part = "live" | "cold" | "by-rke" | "received";

/** A disk without room, with the path that fills it; sizes with their unit. */
export interface Shortage {
  path: string;
  needed: string;
  free: string;
}

/** On which disks of a host there is no room for its part in a copy. @param size of the database that is copied, KiB. */
export function shortages(part: Part, source: EtcdSource, size: number): Shortage[] {
  const { snapshots } = source;
  const beside = besideSnapshots(part, source, size);
  // Of what is made here there is a plain file and a zip for a while.
  const copies = part === "received" ? size : 2 * size;
  const isOneDisk = beside?.disk?.fileSystem === snapshots.fileSystem;
  const needs = [
    { disk: snapshots, kib: copies + (beside && isOneDisk && beside.stays ? beside.kib : 0) },
    ...(beside?.disk && !isOneDisk ? [{ disk: beside.disk, kib: beside.kib }] : []),
  ];
  return needs
    .filter(({ disk, kib }) => disk.room < kib + SPARE)
    .map(({ disk, kib }) => ({ path: disk.path, needed: mib(kib + SPARE), free: mib(disk.room) }));
}

/** What a copy needs elsewhere: an etcd writes only into its own folder, and all that a stopped one keeps is kept, too. */
function besideSnapshots(
  part: Part,
  { etcd, own, dataSize }: EtcdSource,
  size: number,
): { disk: Disk | undefined; kib: number; stays: boolean } | undefined {
  if (part === "live") return { disk: etcd, kib: size, stays: false };
  return part === "cold" ? { disk: own, kib: dataSize, stays: true } : undefined;
}
