import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RestoreRecord } from "../history/restores.ts";
import { stateFolder } from "../stateFolder/path.ts";
import { unfinishedWipe } from "../stateFolder/unfinishedRestore.ts";
import type { SafetyCopyReport } from "./report.ts";

/**
 * The safety copy that was saved for an earlier restore, which wiped the cluster and did not finish: what etcd has since
 * then is no way back. Undefined where no restore is unfinished, or it went without: one of a rollback before is older.
 */
export function copyBeforeUnfinishedWipe(clusterFile: string): SafetyCopyReport | undefined {
  const name = unfinishedWipe(clusterFile)?.copy;
  return name === undefined ? undefined : savedCopy(clusterFile, name);
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
