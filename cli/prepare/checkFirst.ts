import { existsSync } from "node:fs";
import { clusterHistory } from "../../cluster/history/clusterHistory.ts";
import { unreadableNote } from "../../cluster/history/note.ts";
import { unfinishedWipe } from "../../cluster/rke/unfinishedWipe.ts";
import { stateFolder } from "../../cluster/stateFolder/path.ts";
import { aliveProblem, aliveRun } from "../../cluster/stateFolder/runMark.ts";
import { lockHolderText } from "../../messages/lockHolder.ts";
import { incomplete } from "../../messages/unfinishedWipe.ts";
import type { ClusterSettings } from "../../settings/settings.ts";
import { type AskedHost, askHosts, type Saving } from "../../steps/saveEverywhere.ts";
import { hostLocks } from "../hostLocks.ts";
import { listSnapshots } from "../snapshotList.ts";
import type { WrittenSettings } from "../stackConfig.ts";
import { NotPrepared, orNotPrepared } from "./notPrepared.ts";
import { earlierWayBack, rancherToPrepare } from "./preparedRancher.ts";

/** The snapshot is the one that is going to be saved. */
export type PrepareSettings = ClusterSettings & { snapshot: string };

/** Before anything is saved. @returns the image of the Rancher that runs, what each etcd host can give, and the way back that there is. */
export async function checkFirst(
  settings: PrepareSettings,
  written: WrittenSettings,
  saving: Saving,
): Promise<{ image: string; hosts: AskedHost[]; earlier: string | undefined }> {
  const { snapshot, cluster, replacements } = settings;
  const replaced = replacements.map(({ unresponsive, node }) => `${unresponsive} → ${node.name}`).join(", ");
  if (replaced) {
    const remedy = { text: "take them out of the config once the rollback is done", pulumi: "config rm replacements" };
    throw new NotPrepared([
      { message: `the stack replaces nodes (${replaced}); prepare saves the cluster as it is now`, remedy },
    ]);
  }
  const unreadable = unreadableNote(cluster.path);
  if (unreadable) throw new NotPrepared([unreadable]);
  const wiped = unfinishedWipe(cluster.path) && unfinishedWipe(cluster.path, (await clusterHistory(settings)).records);
  if (wiped) throw new NotPrepared([incomplete(wiped)]);
  const run = aliveRun(cluster.path);
  if (run) throw new NotPrepared([aliveProblem(run, "wait until it has ended")]);
  const [{ snapshots, unread }] = await Promise.all([listSnapshots(settings), refuseWhileLocked(settings)]);
  if (unread.length > 0) throw new NotPrepared(unread.map(({ problem }) => problem));
  const earlier = await earlierWayBack(settings, written, snapshots);
  const { image, warnings } = orNotPrepared(await rancherToPrepare(settings, earlier));
  for (const warning of warnings) saving.warn(warning);
  const there = snapshots.find(({ name }) => name === snapshot);
  if (there || existsSync(preparedFolder(settings))) {
    const where = there ? there.copies.map(({ node }) => node).join(", ") : preparedFolder(settings);
    throw new NotPrepared([
      { message: `${snapshot} is there already: ${where}`, remedy: "choose another name: --name" },
    ]);
  }
  const hosts = await askHosts(saving);
  const silent = hosts.filter(({ source }) => source.revision === undefined).map(({ node }) => node.name);
  if (silent.length === 0) return { image, hosts, earlier };
  const remedy = "look at etcd there: docker logs --tail 50 etcd";
  throw new NotPrepared(silent.map((node) => ({ message: `${node}: its etcd does not answer`, remedy })));
}

function preparedFolder({ cluster, snapshot }: PrepareSettings): string {
  return stateFolder(cluster.path, "prepared", snapshot);
}

/** @throws NotPrepared while a rollback holds a host, or where that cannot be known. */
export async function refuseWhileLocked(settings: PrepareSettings): Promise<void> {
  const remedy = { text: "wait until it has ended, or find out who holds it", command: "unlock" };
  const problems = (await hostLocks(settings)).flatMap(({ node, lock, problem }) => {
    if (problem) return [problem];
    return lock ? [{ message: `${node}: a rollback is under way: locked by ${lockHolderText(lock)}`, remedy }] : [];
  });
  if (problems.length > 0) throw new NotPrepared(problems);
}
