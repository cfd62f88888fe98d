import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RestoreRecord } from "../../cluster/history/restores.ts";
import { restoreBegins } from "../../cluster/rke/unfinishedWipe.ts";
import { textFile } from "./folder.ts";
import type { SnapshotNode } from "./snapshotNode.ts";
import { ago } from "./time.ts";

/** When a restore began and ended that is of now: its confirmation still holds. */
const [BEGAN, ENDED] = [ago(600), ago(300)];

/** The first restore of the snapshot `base`, begun and not known to have finished. */
export function restoreRecord(over: Partial<RestoreRecord> = {}): RestoreRecord {
  return { snapshot: "base", run: 1, startedAt: BEGAN, stack: "prod", holder: "ops@laptop", ...over };
}

/** The same restore, finished. */
export function finishedRecord(over: Partial<RestoreRecord> = {}): RestoreRecord {
  return restoreRecord({ finishedAt: ENDED, ...over });
}

const folderOf = ({ root }: SnapshotNode) => join(root, "rancher-rollback", "restores");

/** Lets nodes remember a restore. */
export function remember(nodes: SnapshotNode[], record: RestoreRecord): void {
  for (const node of nodes) {
    textFile(join(folderOf(node), `${record.snapshot}.${record.run}.json`), `${JSON.stringify(record)}\n`);
  }
}

/** All restores that a node remembers; every file in its folder must be one. */
export function rememberedBy(node: SnapshotNode): RestoreRecord[] {
  const folder = folderOf(node);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as RestoreRecord);
}

/** Leaves what is beside a cluster file once RKE has wiped the cluster and did not finish. @returns the path of RKE's log. */
export function wipedAndUnfinished(clusterFile: string, at: string): string {
  const wipes = `time="${at}" level=info msg="Cleaning old kubernetes cluster"\n`;
  const log = textFile(join(clusterFile, "../.rancher-rollback/logs/restore.log"), wipes);
  restoreBegins(clusterFile, { since: at, log, hosts: [] });
  return log;
}
