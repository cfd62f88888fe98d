import { existsSync } from "node:fs";
import { tagOf } from "../../cluster/image.ts";
import { KubernetesReader } from "../../cluster/kubernetes/reader.ts";
import { type Inspection, inspectSnapshot } from "../../cluster/opened/inspection.ts";
import type { Problem } from "../../cluster/problem.ts";
import { busy, takeFolder } from "../../cluster/rke/earlierRke.ts";
import { thisStep } from "../../cluster/rke/folderLock.ts";
import { silenceBound } from "../../cluster/rke/silence.ts";
import type { SafetyCopyReport } from "../../cluster/safetyCopy/report.ts";
import { bestSource } from "../../cluster/safetyCopy/safetyCopy.ts";
import { shellWord } from "../../cluster/shell.ts";
import { describeSource } from "../../cluster/snapshot/source.ts";
import { stateFolder } from "../../cluster/stateFolder/path.ts";
import { rememberProof } from "../../cluster/stateFolder/provenSnapshots.ts";
import { aliveRun } from "../../cluster/stateFolder/runMark.ts";
import { unfinishedWipe } from "../../cluster/stateFolder/unfinishedRestore.ts";
import { timeStamp } from "../../cluster/time.ts";
import { orError } from "../../cluster/unreadable.ts";
import { type Audience, problemLines, rerunCommand, unlockCommand, waysOn } from "../../messages/commands.ts";
import { lockHolderText } from "../../messages/lockHolder.ts";
import { mebibytes } from "../../output/planText.ts";
import type { ClusterSettings } from "../../settings/settings.ts";
import { proveForRestore } from "../../steps/preflight.ts";
import { askHosts, type Saving, saveEverywhere } from "../../steps/saveEverywhere.ts";
import { answer, type Prepared, say } from "../answers.ts";
import { hostLocks } from "../hostLocks.ts";
import { type PrepareOptions, stackConfig } from "../options.ts";
import { bucketToUploadTo, proveUploaded, saveByRke } from "../savedByRke.ts";
import { etcdHostsOf, listSnapshots, openedText } from "../snapshotList.ts";
import { withWorkspace } from "../workspace.ts";

/**
 * Saves and proves a snapshot before an upgrade, and writes the way back to it into the stack's config.
 * @returns 0, or 1 where there is a problem; then the config is as it was.
 */
export async function prepare(options: PrepareOptions): Promise<number> {
  const { stack, name = `prepared-${timeStamp(new Date().toISOString())}` } = options;
  const prepared = await withWorkspace(stackConfig(stack, options), async (workspace): Promise<Prepared> => {
    workspace.set({ snapshot: name });
    const settings = { snapshot: name, ...(await workspace.clusterSettings()) };
    const done = await prepareNow(settings, { stack, upload: options.upload, say });
    if (!done.way) return done.answered;
    workspace.keep(done.way);
    return { ...done.answered, written: { file: workspace.configFile, settings: done.way } };
  });
  answer(prepared, options, preparedText(prepared));
  return prepared.problems.length > 0 ? 1 : 0;
}

/** Why nothing was prepared. */
class Refused extends Error {
  readonly problems: Problem[];
  constructor(problems: Problem[]) {
    super(problems.map(({ message }) => message).join("; "));
    this.problems = problems;
  }
}

/** The snapshot is the one that is going to be saved. */
type Settings = ClusterSettings & { snapshot: string };

interface Preparing {
  stack: string;
  /** Whether it also goes into the bucket of the cluster file. */
  upload?: boolean;
  /** Called for each line that the operator should read meanwhile. */
  say: (line: string) => void;
}

/**
 * What `prepare` does once it has read the stack: the snapshot's name is the setting's.
 * @returns `way`: the settings of the way back; absent where there is a problem.
 */
export async function prepareNow(
  settings: Settings,
  { stack, upload = false, say }: Preparing,
): Promise<{ answered: Prepared; way?: Record<string, string> }> {
  const answered: Prepared = { command: "prepare", stack, snapshot: settings.snapshot, problems: [] };
  try {
    const image = await checkFirst(settings, stack);
    const bucket = upload ? orRefused(await bucketToUploadTo(settings)) : undefined;
    const saved = bucket
      ? orRefused(await saveByRke(settings, say))
      : await alone(settings, say, () => save(settings, stack, say));
    const { folder, nodes, bytes, sha256, state } = saved;
    answered.saved = { folder, nodes, bytes, sha256, state };
    if (bucket) {
      const failed = await proveUploaded(settings, bucket, say);
      if (failed.length > 0) throw new Refused(failed);
      answered.uploaded = describeSource(bucket);
    }
    answered.inspection = await proveSaved(settings, say);
    await refuseWhileLocked(settings, stack);
    return { answered, way: wayBack(settings, saved, image) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { answered: { ...answered, problems: error.problems } };
  }
}

/** @throws Refused */
function orRefused<T extends object>(result: T | { failed: Problem[] }): T {
  if ("failed" in result) throw new Refused(result.failed);
  return result;
}

/** Before anything is saved. @returns the image of the Rancher that runs. */
async function checkFirst(settings: Settings, stack: string): Promise<string> {
  const { snapshot, cluster, replacements } = settings;
  const audience: Audience = { stack, program: "rancher-rollback" };
  const replaced = replacements.map(({ unresponsive, node }) => `${unresponsive} → ${node.name}`).join(", ");
  if (replaced) {
    const remedy = { text: "take them out of the config once the rollback is done", pulumi: "config rm replacements" };
    throw new Refused([
      { message: `the stack replaces nodes (${replaced}); prepare saves the cluster as it is now`, remedy },
    ]);
  }
  const wiped = unfinishedWipe(cluster.path);
  if (wiped) {
    const message = `a restore began to wipe this cluster at ${wiped.at} and did not finish, so the cluster is incomplete`;
    throw new Refused([{ message, remedy: waysOn(audience) }]);
  }
  const run = aliveRun(cluster.path);
  if (run) {
    const message = `a run of stack ${run.stack} is alive on this machine: process ${run.process}, since ${run.since}`;
    throw new Refused([{ message, remedy: "wait until it has ended" }]);
  }
  const [{ snapshots, unread }, image] = await Promise.all([
    listSnapshots(settings),
    runningImage(settings, stack),
    refuseWhileLocked(settings, stack),
  ]);
  if (unread.length > 0) throw new Refused(unread.map(({ problem }) => problem));
  const there = snapshots.find(({ name }) => name === snapshot);
  if (there || existsSync(preparedFolder(settings))) {
    const where = there ? there.copies.map(({ node }) => node).join(", ") : preparedFolder(settings);
    throw new Refused([{ message: `${snapshot} is there already: ${where}`, remedy: "choose another name: --name" }]);
  }
  return image;
}

function preparedFolder({ cluster, snapshot }: Settings): string {
  return stateFolder(cluster.path, "prepared", snapshot);
}

/** @throws Refused while a rollback holds a host, or where that cannot be known. */
async function refuseWhileLocked(settings: Settings, stack: string): Promise<void> {
  const remedy = `wait until it has ended, or find out who holds it: ${unlockCommand({ stack })}`;
  const problems = (await hostLocks(settings)).flatMap(({ node, lock, problem }) => {
    if (problem) return [problem];
    return lock ? [{ message: `${node}: a rollback is under way: locked by ${lockHolderText(lock)}`, remedy }] : [];
  });
  if (problems.length > 0) throw new Refused(problems);
}

/** @throws Refused where its version cannot be known. */
async function runningImage({ cluster, rancher }: Settings, stack: string): Promise<string> {
  const { namespace, deployment } = rancher;
  const read = await orError(() => new KubernetesReader(cluster.kubeconfig).rancher(rancher));
  if ("error" in read) {
    const look = `look at the cluster: rancher-rollback doctor --stack ${shellWord(stack)}`;
    const { message, remedy } = read.problem ?? { message: read.error, remedy: look };
    throw new Refused([{ message: `cannot determine the running Rancher version: ${message}`, remedy }]);
  }
  const { image = "" } = read;
  if (tagOf(image) !== undefined) return image;
  const message = `cannot determine the running Rancher version: the image of Deployment ${namespace}/${deployment} is ${image || "not set"}`;
  throw new Refused([{ message, remedy: "give the Deployment an image with a tag" }]);
}

/** Does something while no RKE runs in the cluster's folder, as it may write the state file that is saved. */
async function alone<T>({ cluster, rke }: Settings, say: (line: string) => void, work: () => Promise<T>): Promise<T> {
  const holder = { ...thisStep(), command: "rancher-rollback prepare", since: new Date().toISOString() };
  const silenceSeconds = silenceBound(cluster.path, rke.silenceSeconds);
  const lock = await takeFolder(holder, { clusterFile: cluster.path, silenceSeconds, say }).catch((error: unknown) => {
    throw new Refused([busy(error)]);
  });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function save(settings: Settings, stack: string, say: (line: string) => void): Promise<SafetyCopyReport> {
  const { cluster, hostKeys, rancher, rke, snapshot, waitSeconds } = settings;
  const saving: Saving = {
    ...{ clusterFile: cluster.path, hostKeys, say, rancher, rkeVersion: rke.version },
    warn: (notice) => problemLines([notice], { stack }).forEach(say),
    timeoutSeconds: waitSeconds,
    noRoom: ({ node, needed, free }) => ({
      message: `${node}: a snapshot needs ${needed} in /opt/rke, there are ${free}`,
      remedy: `make room on ${node}: df -h /opt/rke`,
    }),
    fail: (problems) => new Refused(problems),
  };
  const hosts = await askHosts(saving);
  const best = bestSource(hosts);
  if (!best?.live) {
    const remedy = "look at etcd on the etcd hosts: docker logs --tail 50 etcd";
    throw new Refused([{ message: "no etcd host has an etcd that answers", remedy }]);
  }
  return await saveEverywhere(saving, { name: snapshot, folder: "prepared", hosts, best });
}

/** Proves it as a rollback would, and opens it. @throws Refused */
async function proveSaved(settings: Settings, say: (line: string) => void): Promise<Inspection> {
  const { cluster, hostKeys, rancher, rke, snapshot: name, waitSeconds } = settings;
  const asked = { snapshot: name, rkeVersion: rke.version, timeoutSeconds: waitSeconds };
  const proven = await proveForRestore(asked, { clusterFile: cluster.path, hostKeys, say }, "prepare");
  if ("failed" in proven) throw new Refused(proven.failed);
  const copies = etcdHostsOf(settings).flatMap((node) => {
    const copy = proven.nodes.find((one) => one.node === node.name);
    return copy ? [{ node, file: copy.file, bytes: copy.unpacked ?? copy.bytes }] : [];
  });
  say(`opening ${name}`);
  const inspection = await inspectSnapshot(copies, { name, hostKeys, rancher });
  if ("failed" in inspection) throw new Refused([inspection.failed]);
  const { holds, lineage, problems } = inspection;
  const restored = {
    message: `etcd was restored after ${name} was saved; ${name} does not belong to it any longer`,
    remedy: "find out who restored it, then run prepare again",
  };
  const found = [...problems, ...(lineage === "other" ? [restored] : [])];
  if (found.length > 0) throw new Refused(found);
  // Those that RKE saved on each host for itself are others than the one that was opened.
  const opened = proven.nodes.find(({ node }) => node === inspection.on);
  const alike = proven.nodes.filter(({ sha256 }) => sha256 === opened?.sha256);
  rememberProof(cluster.path, {
    ...{ name, how: "opened", by: "prepare", at: new Date().toISOString(), compared: true, holds },
    ...{ nodes: alike.map(({ node }) => node), unpacked: copies[0]?.bytes ?? 0 },
    ...(holds.takenAt !== undefined && { takenAt: holds.takenAt }),
  });
  return inspection;
}

/** The settings after which `apply` restores the snapshot and the Rancher that ran when it was saved. */
function wayBack(settings: Settings, { name, sha256 }: SafetyCopyReport, image: string): Record<string, string> {
  const version = tagOf(image) ?? "";
  const named = image.replace(/@.*/, "").slice(0, -version.length - 1);
  const { acceptHazardsOf, rancher, run, snapshotSha256 } = settings;
  return {
    snapshot: name,
    rancherVersion: version,
    ...(rancher.repository !== named && { rancherImage: named }),
    // Those of an earlier rollback would stand in the way.
    ...(run !== 1 && { run: "1" }),
    ...(snapshotSha256 !== undefined && { snapshotSha256: sha256 }),
    // What was accepted for it is no word on what may be lost this time.
    ...(acceptHazardsOf.length > 0 && { acceptHazardsOf: "[]" }),
  };
}

/** The answer as the operator reads it. */
export function preparedText({ stack, snapshot, saved, uploaded, inspection, written, problems }: Prepared): string[] {
  const audience: Audience = { stack, program: "rancher-rollback" };
  if (problems.length > 0) {
    const left = saved ? `${snapshot} is on ${saved.nodes.join(", ")}` : "no snapshot is ready";
    return [
      `NOT prepared; ${left}, and the stack's config is as it was:`,
      ...problemLines(problems, audience).map((line) => `  ${line}`),
    ];
  }
  return [
    ...(saved
      ? [
          `${snapshot} is proven ${uploaded === undefined ? "and the same " : ""}on ${saved.nodes.join(", ")} (${mebibytes(saved.bytes)}); beside it: ${saved.folder}`,
        ]
      : []),
    ...(uploaded !== undefined ? [`it is in ${uploaded}`] : []),
    ...(inspection ? [openedText(inspection)] : []),
    ...(written
      ? [
          `written into ${written.file}:`,
          ...Object.entries(written.settings).map(([key, value]) => `  ${key}: ${value}`),
        ]
      : []),
    `if the upgrade fails: ${rerunCommand(audience)}`,
  ];
}
