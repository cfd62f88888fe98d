import { join } from "node:path";
import { foundRestore } from "../history/note.ts";
import type { RestoreRecord } from "../history/restores.ts";
import { unfinishedWipe } from "../rke/unfinishedWipe.ts";
import { SNAPSHOT_FOLDER } from "../snapshot/proof.ts";
import { stateFolder } from "../stateFolder/path.ts";
import { readRecord, UnreadableRecord } from "../stateFolder/unreadable.ts";
import { type SafetyCopyReport, safetyCopySchema } from "./report.ts";

/**
 * The safety copy that was saved for an earlier restore, which wiped the cluster and did not finish: what etcd has since
 * then is no way back. Undefined where no restore is unfinished, or it went without: one of a rollback before is older.
 * @throws UnreadableRecord where what is kept of it cannot be read: a new copy must not take its place unseen.
 */
export function copyBeforeUnfinishedWipe(clusterFile: string): EarlierCopy | undefined {
  const { copy: found } = foundRestore(clusterFile) ?? {};
  const name = unfinishedWipe(clusterFile)?.copy ?? found?.name;
  if (name === undefined) return undefined;
  const saved = savedCopy(clusterFile, name);
  if (found?.name === name) return { ...found, ...(saved && { saved }), isFound: true };
  return saved && { name, rancherImage: saved.rancherImage, saved, isFound: false };
}

export interface EarlierCopy {
  name: string;
  rancherImage: string;
  /** Absent where another machine has saved it. */
  saved?: SafetyCopyReport;
  /** The hosts remember it of a restore that another machine began: it is not known whether that has wiped. */
  isFound: boolean;
}

/**
 * The safety copy of a restore that is finished, for its report; nothing where this machine has not saved it, or cannot read
 * what is kept of it.
 */
export function copyOf(clusterFile: string, { safetyCopy }: RestoreRecord): { safetyCopy?: SafetyCopyReport } {
  try {
    const saved = safetyCopy && savedCopy(clusterFile, safetyCopy.name);
    return saved ? { safetyCopy: saved } : {};
  } catch (error) {
    if (error instanceof UnreadableRecord) return {};
    throw error;
  }
}

/** A safety copy that was saved from this machine; undefined where it was not, or not to its end. */
function savedCopy(clusterFile: string, name: string): SafetyCopyReport | undefined {
  const folder = stateFolder(clusterFile, "safety", name);
  const manifest = readRecord(join(folder, "manifest.json"), safetyCopySchema.omit({ folder: true }), {
    what: `what is known of the safety copy ${name}, which is the way back`,
    remedy: `put it back from a backup; without one, move the folder ${folder} away: the copy itself stays on the etcd hosts, in ${SNAPSHOT_FOLDER}`,
  });
  return manifest && { ...manifest, folder };
}
