import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RestoreRecord } from "../history/restores.ts";
import { stateFolder } from "../stateFolder/path.ts";
import { foundRestore, unfinishedWipe } from "../stateFolder/unfinishedRestore.ts";
import type { SafetyCopyReport } from "./report.ts";

/**
 * The safety copy that was saved for an earlier restore, which wiped the cluster and did not finish: what etcd has since
 * then is no way back. Undefined where no restore is unfinished, or it went without: one of a rollback before is older.
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

/** The safety copy of a restore that the cluster remembers, for its report; nothing where this machine has not saved it. */
export function copyOf(clusterFile: string, { safetyCopy }: RestoreRecord): { safetyCopy?: SafetyCopyReport } {
  const saved = safetyCopy && savedCopy(clusterFile, safetyCopy.name);
  return saved ? { safetyCopy: saved } : {};
}

/** A safety copy that was saved from this machine; undefined where it was not, or not to its end. */
function savedCopy(clusterFile: string, name: string): SafetyCopyReport | undefined {
  const folder = stateFolder(clusterFile, "safety", name);
  const manifest = join(folder, "manifest.json");
  if (!existsSync(manifest)) return undefined;
  return { ...(JSON.parse(readFileSync(manifest, "utf8")) as Omit<SafetyCopyReport, "folder">), folder };
}
