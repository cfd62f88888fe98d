import { readFileSync, writeFileSync } from "node:fs";
import { clusterDown, clusterUp, type LabCluster, type Progress, runRke, saveSnapshot } from "../cluster/cluster.ts";
import { getEngine } from "../engine/engine.ts";
import { Problem } from "../machine/problem.ts";
import { timed } from "../machine/progress.ts";
import { failUpgrade, PRIOR, rancherWithUsers } from "../rehearsals/failedUpgrade.ts";
import { commitOf, load, machine, versions } from "./circumstances.ts";
import { measure } from "./measure.ts";
import { onNode } from "./onNode.ts";
import { timeOpening } from "./opening.ts";
import type { BigResults } from "./results.ts";
import { Rollback } from "./rollback.ts";

const SNAPSHOT = "bench-big";
const SMALL = "bench-small";
const GOAL_BYTES = 2 * 2 ** 30;
const QUOTA_BYTES = 8 * 2 ** 30;
/** Each is 100 MB; a few more than it takes. */
const MOST_CALLS = 30;
const BARE_ROUNDS = 3;

/** Restores a database of 2 GiB in place, beside what etcdctl alone takes to restore one of that size. @throws Problem where anything fails. */
export async function benchBig(say: Progress): Promise<BigResults> {
  const engine = await getEngine(say);
  await clusterDown("a", say);
  const cluster = await clusterUp("a", say);
  await raiseQuota(cluster, say);
  await rancherWithUsers(cluster, say);
  await saveSnapshot(cluster, SMALL, say);
  const small = await timeOpening(cluster, SMALL, say);
  const bytes = await timed(say, "filling etcd", () => fill(cluster));
  const bare = await bareRestores(cluster, say);
  await saveSnapshot(cluster, SNAPSHOT, say);
  const opened = [small, await timeOpening(cluster, SNAPSHOT, say)];
  await failUpgrade(cluster, say);
  const about = {
    ...{ startedAt: new Date().toISOString(), load: load(), commit: await commitOf(), machine: machine() },
    versions: await versions(cluster, engine),
  };
  const rollback = await Rollback.begin(cluster, engine, SNAPSHOT, "in-place");
  const { steps, outage, total, whole } = await measure(cluster, PRIOR, (began) =>
    rollback.roll(["apply", "--accept-data-loss-of", SNAPSHOT], "in-place", began),
  );
  const restore = steps.find(({ title }) => title === "Restore etcd");
  if (!restore) throw new Problem("apply has restored nothing");
  const inPlace = { restore: restore.end - restore.start, outage: outage.seconds, total, whole };
  return { resultsVersion: 1, ...about, bytes, ...bare, opened, inPlace };
}

async function raiseQuota(cluster: LabCluster, say: Progress): Promise<void> {
  const text = readFileSync(cluster.clusterFile, "utf8");
  writeFileSync(cluster.clusterFile, withQuota(text, QUOTA_BYTES));
  await runRke(cluster, ["up"], say);
}

/** The cluster file with another limit of the database than etcd's own of 2 GiB. */
export function withQuota(clusterFile: string, bytes: number): string {
  return clusterFile.replace(
    /^ {2}etcd:\n/m,
    (etcd) => `${etcd}    extra_args:\n      quota-backend-bytes: "${bytes}"\n`,
  );
}

/** @returns the size of the database. */
async function fill(cluster: LabCluster): Promise<number> {
  const [node] = cluster.nodes;
  for (let call = 1; node && call <= MOST_CALLS; call++) {
    const bytes = databaseBytes(await onNode(node, "fill.sh", String(call)));
    if (bytes >= GOAL_BYTES) return bytes;
  }
  throw new Problem(`etcd has less than 2 GiB after ${MOST_CALLS} times 100 MB`);
}

/** From what `etcdctl endpoint status` prints. */
export function databaseBytes(status: string): number {
  return Math.max(...(JSON.parse(status) as { Status: { dbSize: number } }[]).map(({ Status }) => Status.dbSize));
}

/** On all hosts side by side, as in place does it, where the slowest one counts, and on one alone, as a snapshot is opened. */
async function bareRestores(cluster: LabCluster, say: Progress): Promise<Pick<BigResults, "bare" | "bareOnOne">> {
  const on = (nodes: LabCluster["nodes"], what: string) =>
    Promise.all(nodes.map((node) => onNode(node, "bareRestore.sh", what)));
  const restored = async (nodes: LabCluster["nodes"]) => {
    const seconds = Math.max(...(await on(nodes, "restore")).map(Number)) / 1000;
    say(`etcdctl snapshot restore on ${nodes.length}: ${seconds.toFixed(1)} s`);
    return seconds;
  };
  const [bare, bareOnOne]: [number[], number[]] = [[], []];
  await on(cluster.nodes, "save");
  for (let round = 1; round <= BARE_ROUNDS; round++) {
    bare.push(await restored(cluster.nodes));
    bareOnOne.push(await restored(cluster.nodes.slice(0, 1)));
  }
  await on(cluster.nodes, "clean");
  return { bare, bareOnOne };
}
