import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { jsonIn } from "../cluster/json.ts";
import { stateFolder } from "../cluster/stateFolder/path.ts";
import { type RunRecord, recordSchema } from "./record.ts";

export function runsFolder(clusterFile: string): string {
  return stateFolder(clusterFile, "runs");
}

export interface KeptRun {
  name: string;
  folder: string;
  record: RunRecord;
}

/** The runs on a cluster, the oldest first, as the names begin with the time; without those whose record cannot be read. */
export function keptRuns(clusterFile: string): KeptRun[] {
  const all = runsFolder(clusterFile);
  const names = existsSync(all) ? readdirSync(all).sort() : [];
  return names.flatMap((name) => {
    const folder = join(all, name);
    const record = recordSchema.safeParse(jsonIn(join(folder, "report.json"))).data;
    return record ? [{ name, folder, record }] : [];
  });
}
