import { gunzipSync } from "node:zlib";

/** When a key was made and last written, as revisions of etcd. */
export interface Revisions {
  created: number;
  modified: number;
}

/** Every key of etcd at one revision. */
export interface KeyIndex {
  revision: number;
  keys: Map<string, Revisions>;
}

/** What index.sh writes of one etcd. @param packing how the lines are written: `gzip` (in base64) or `plain`. */
export function parseIndex(revision: number, packing: string, lines: string): KeyIndex {
  const text = packing === "gzip" ? gunzipSync(Buffer.from(lines, "base64")).toString() : lines;
  const keys = new Map<string, Revisions>();
  for (const line of text.split("\n")) {
    const [key, created, modified] = line.split(" ");
    if (key && created && modified)
      keys.set(Buffer.from(key, "base64").toString(), { created: Number(created), modified: Number(modified) });
  }
  return { revision, keys };
}

/** What became of a key since the snapshot. `remade`: deleted and made again. */
export interface KeyChange {
  key: string;
  change: "created" | "changed" | "remade" | "deleted";
}

interface KeyDifference {
  changes: KeyChange[];
  /**
   * `same`: the live etcd continues from the snapshot, and the changes are all there are. `other`: it does not, since etcd was
   * restored after the snapshot was taken, or to an earlier one; the changes are those between both states then, and a key
   * that both have happened to write at the same revision is missed.
   */
  lineage: "same" | "other";
}

/**
 * What became of each key since the snapshot, in the order of the keys. etcd raises its revision with each write, so a key
 * of which both say the same revisions was not written in between. A live key that was last written at a revision that the
 * snapshot has already seen must be in the snapshot as it is: where one is not, both do not have the same history.
 */
export function keyDifference(opened: KeyIndex, live: KeyIndex): KeyDifference {
  const changes: KeyChange[] = [];
  let lineage: KeyDifference["lineage"] = live.revision < opened.revision ? "other" : "same";
  for (const [key, now] of live.keys) {
    const before = opened.keys.get(key);
    if (before?.created === now.created && before.modified === now.modified) continue;
    if (now.modified <= opened.revision) lineage = "other";
    if (!before) changes.push({ key, change: "created" });
    else changes.push({ key, change: before.created === now.created ? "changed" : "remade" });
  }
  for (const key of opened.keys.keys()) if (!live.keys.has(key)) changes.push({ key, change: "deleted" });
  return { changes: changes.sort((one, other) => (one.key < other.key ? -1 : 1)), lineage };
}
