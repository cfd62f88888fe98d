import type { Notice } from "../problem.ts";
import { namesSnapshotsWithoutZip, type RkeVersion } from "../rke/version.ts";

/** A snapshot's name as this RKE wants it, and what to tell the operator when it is not what was typed. */
export interface SnapshotName {
  name: string;
  note?: Notice;
}

/**
 * Letters, digits and what RKE's own names contain: `2026-11-20T02:00:00Z_etcd`, `c-x7k2p-rs-9tv4q_2020-05-01T00:00:00Z`.
 * Nothing a path, a shell or a command line could read as something else.
 */
const ALLOWED = /^[A-Za-z0-9][A-Za-z0-9._:+@-]*$/;
const ARCHIVE = /\.(tar|tgz|gz|bz2|xz|7z|zst)$/i;
const LONGEST = 200;

/** What is wrong with a snapshot's name whatever the RKE release, as a sentence; undefined when nothing is. */
export function snapshotNameMistake(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name.includes("/")) return "is a path; give the name alone, as in /opt/rke/etcd-snapshots";
  if (name.includes("..")) return 'has ".." in it';
  if (name.length > LONGEST) return `is longer than ${LONGEST} characters`;
  if (!ALLOWED.test(name)) {
    return "may hold letters, digits and . _ : + @ - only, and starts with a letter or a digit";
  }
  if (ARCHIVE.test(name))
    return "is an archive that RKE cannot read; unpack it first and give the name of the file inside";
  if (/^\.?zip$/i.test(name)) return "is an extension without a name";
  return undefined;
}

/** What rke-tools takes for the time of a recurring snapshot: what stands before the first `_` (main.go, every version). */
const TIMED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)(_|\.zip$|$)/i;
/** What it takes for a snapshot of Rancher's own, and removes by age. */
const RANCHERS = /^c-.+-r.-/;

/** Why a snapshot of this name would not stay, as a sentence; undefined where nothing removes it by its name. */
export function prunedNameMistake(name: string): string | undefined {
  if (TIMED.test(name))
    return "begins with a time, as RKE's recurring snapshots do, which RKE removes after their retention";
  if (RANCHERS.test(name)) return "is like one of Rancher's own snapshots (c-…-r…-…), which are removed by their age";
  return undefined;
}

/**
 * The name RKE wants. With a `.zip` at its end RKE wipes the nodes and only then says "snapshot missing hash"
 * (rke#2408, rke#1914, rke#1501), so releases that zip get the name without it; older ones take the file's name as it is.
 */
export function snapshotNameForRke(typed: string, version: RkeVersion): SnapshotName {
  if (!/\.zip$/i.test(typed) || !namesSnapshotsWithoutZip(version)) return { name: typed };
  const name = typed.replace(/(\.zip)+$/i, "");
  const message = `RKE ${version.text} wants snapshot names without ".zip": "${typed}" is used as "${name}"`;
  return { name, note: { message } };
}
