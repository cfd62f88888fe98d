import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { jsonIn } from "../cluster/json.ts";
import { stateFolder } from "../cluster/stateFolder/path.ts";
import { type RunRecord, recordSchema } from "./record.ts";

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

/** A run of a stack and its folder. */
export interface KeptRun {
  name: string;
  folder: string;
  record: RunRecord;
}

/** The runs of a stack on a cluster, the oldest first; without those whose record cannot be read. */
export function runsOf(clusterFile: string, stack: string): KeptRun[] {
  return runFolders(clusterFile).flatMap(({ name, folder }) => {
    const record = recordSchema.safeParse(jsonIn(join(folder, "report.json"))).data;
    return record?.stack === stack ? [{ name, folder, record }] : [];
  });
}
