import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../stateFolder/path.ts";
import { unfinishedWipe } from "../stateFolder/unfinishedRestore.ts";
import { timeStamp } from "../time.ts";
import type { SafetyCopyReport } from "./report.ts";

/**
 * The safety copy that was saved last before an earlier restore wiped the cluster and did not finish: what etcd has since
 * then is no way back. Undefined where no restore is unfinished, or none was saved before it.
 */
export function copyBeforeUnfinishedWipe(clusterFile: string): SafetyCopyReport | undefined {
  const wipe = unfinishedWipe(clusterFile);
  const folder = stateFolder(clusterFile, "safety");
  if (!wipe || !existsSync(folder)) return undefined;
  const until = `safety-${timeStamp(wipe.at)}`;
  // The names begin with the time; a folder without a manifest was not finished.
  const name = readdirSync(folder)
    .sort()
    .findLast((one) => one <= until && existsSync(join(folder, one, "manifest.json")));
  if (name === undefined) return undefined;
  const manifest = readFileSync(join(folder, name, "manifest.json"), "utf8");
  return { ...(JSON.parse(manifest) as Omit<SafetyCopyReport, "folder">), folder: join(folder, name) };
}
