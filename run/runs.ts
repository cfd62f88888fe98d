import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../cluster/stateFolder/path.ts";

/** The folder with the reports of a cluster's runs. */
export function runsFolder(clusterFile: string): string {
  return stateFolder(clusterFile, "runs");
}

/** The folder of each run, the oldest first: the names begin with the time. */
export function runFolders(clusterFile: string): { name: string; folder: string }[] {
  const all = runsFolder(clusterFile);
  if (!existsSync(all)) return [];
  return readdirSync(all)
    .sort()
    .map((name) => ({ name, folder: join(all, name) }));
}
