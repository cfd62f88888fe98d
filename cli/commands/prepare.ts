import { existsSync } from "node:fs";
import { type Inspection, inspectSnapshot } from "../../cluster/opened/inspection.ts";
import { rememberProof } from "../../cluster/opened/provenSnapshots.ts";
import type { Problem } from "../../cluster/problem.ts";
import { busy, takeFolder } from "../../cluster/rke/earlierRke.ts";
import { thisStep } from "../../cluster/rke/folderLock.ts";
import { silenceBound } from "../../cluster/rke/silence.ts";
import { unfinishedWipe, unreadableNote } from "../../cluster/rke/unfinishedRestore.ts";
import type { SafetyCopyReport } from "../../cluster/safetyCopy/report.ts";
import { bestSource } from "../../cluster/safetyCopy/safetyCopy.ts";
import { describeSource } from "../../cluster/snapshot/source.ts";
import { stateFolder } from "../../cluster/stateFolder/path.ts";
import { aliveProblem, aliveRun } from "../../cluster/stateFolder/runMark.ts";
import { timeStamp } from "../../cluster/time.ts";
import { type Audience, problemLines, rerunCommand, unlockCommand } from "../../messages/commands.ts";
import { lockHolderText } from "../../messages/lockHolder.ts";
import { incomplete } from "../../messages/unfinishedWipe.ts";
import { mebibytes } from "../../output/planText.ts";
import type { ClusterSettings } from "../../settings/settings.ts";
import { proveForRestore } from "../../steps/preflight.ts";
import { type AskedHost, askHosts, type Saving, saveEverywhere } from "../../steps/saveEverywhere.ts";
import { answer, type Prepared, say } from "../answers.ts";
import { hostLocks } from "../hostLocks.ts";
import { type PrepareOptions, stackConfig } from "../options.ts";
import { earlierWayBack, notOfImage, rancherToPrepare } from "../preparedRancher.ts";
import { bucketToUploadTo, proveUploaded, saveByRke } from "../savedByRke.ts";
import { etcdHostsOf, listSnapshots, openedText } from "../snapshotList.ts";
import type { WrittenSettings } from "../stackConfig.ts";
import { replacedBy, wayBack } from "../wayBack.ts";
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
    const asked = { stack, upload: options.upload, written: workspace.written(), say };
    const { answered, way } = await prepareNow(settings, asked);
    if (!way) return answered;
    const replaced = replacedBy(way, workspace.written());
    workspace.keep(way);
    return { ...answered, written: { file: workspace.configFile, settings: way, replaced } };
  });
  answer(prepared, options, preparedText(prepared));
  return prepared.problems.length > 0 ? 1 : 0;
}

/** Why nothing was prepared. */
class NotPrepared extends Error {
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
  /** What the stack's file has. */
  written?: WrittenSettings;
  /** Called for each line that the operator should read meanwhile. */
  say: (line: string) => void;
}

/**
 * What `prepare` does once it has read the stack: the snapshot's name is the setting's.
 * @returns `way`: the settings of the way back; absent where there is a problem.
 */
export async function prepareNow(
  settings: Settings,
  { stack, upload = false, written = {}, say }: Preparing,
): Promise<{ answered: Prepared; way?: Record<string, string> }> {
  const answered: Prepared = { command: "prepare", stack, snapshot: settings.snapshot, problems: [] };
  try {
    const saving = savingOf(settings, stack, say);
    const { image, hosts, earlier } = await checkFirst(settings, { stack, written }, saving);
    const bucket = upload ? orRefused(await bucketToUploadTo({ ...settings, ...hashIn(written) })) : undefined;
    const saved = bucket
      ? orRefused(await saveByRke(settings, say))
      : await alone(settings, say, () => save(saving, settings.snapshot, hosts));
    const { folder, nodes, bytes, sha256, state } = saved;
    answered.saved = { folder, nodes, bytes, sha256, state };
    if (bucket) {
      const failed = await proveUploaded(settings, bucket, say);
      if (failed.length > 0) throw new NotPrepared(failed);
      answered.uploaded = describeSource(bucket);
    }
    const inspection = await proveSaved(settings, say);
    const { acceptRancherVersion } = settings;
    const other = notOfImage(settings.snapshot, inspection.holds, { image, acceptRancherVersion, stack, earlier });
    if (other.length > 0) throw new NotPrepared(other);
    answered.inspection = inspection;
    await refuseWhileLocked(settings, stack);
    return { answered, way: wayBack(settings, saved, { image, written }) };
  } catch (error) {
    if (!(error instanceof NotPrepared)) throw error;
    return { answered: { ...answered, problems: error.problems } };
  }
}

/** `apply` reads it in the stack's file, whatever this run was given. */
function hashIn({ snapshotSha256 }: WrittenSettings): Pick<Settings, "snapshotSha256"> {
  return snapshotSha256 === undefined ? {} : { snapshotSha256 };
}

/** @throws NotPrepared */
function orRefused<T extends object>(result: T | { failed: Problem[] }): T {
  if ("failed" in result) throw new NotPrepared(result.failed);
  return result;
}

/** Before anything is saved. @returns the image of the Rancher that runs, what each etcd host can give, and the way back that there is. */
async function checkFirst(
  settings: Settings,
  { stack, written }: { stack: string; written: WrittenSettings },
  saving: Saving,
): Promise<{ image: string; hosts: AskedHost[]; earlier: string | undefined }> {
  const { snapshot, cluster, replacements } = settings;
  const audience: Audience = { stack, program: "rancher-rollback" };
  const replaced = replacements.map(({ unresponsive, node }) => `${unresponsive} → ${node.name}`).join(", ");
  if (replaced) {
    const remedy = { text: "take them out of the config once the rollback is done", pulumi: "config rm replacements" };
    throw new NotPrepared([
      { message: `the stack replaces nodes (${replaced}); prepare saves the cluster as it is now`, remedy },
    ]);
  }
  const unreadable = unreadableNote(cluster.path);
  if (unreadable) throw new NotPrepared([unreadable]);
  const wiped = unfinishedWipe(cluster.path);
  if (wiped) throw new NotPrepared([incomplete(wiped, audience)]);
  const run = aliveRun(cluster.path);
  if (run) throw new NotPrepared([aliveProblem(run, "wait until it has ended")]);
  const [{ snapshots, unread }] = await Promise.all([listSnapshots(settings), refuseWhileLocked(settings, stack)]);
  if (unread.length > 0) throw new NotPrepared(unread.map(({ problem }) => problem));
  const earlier = await earlierWayBack(settings, written, snapshots);
  const { image, warnings } = orRefused(await rancherToPrepare(settings, { stack, earlier }));
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

function preparedFolder({ cluster, snapshot }: Settings): string {
  return stateFolder(cluster.path, "prepared", snapshot);
}

/** @throws NotPrepared while a rollback holds a host, or where that cannot be known. */
async function refuseWhileLocked(settings: Settings, stack: string): Promise<void> {
  const remedy = `wait until it has ended, or find out who holds it: ${unlockCommand({ stack })}`;
  const problems = (await hostLocks(settings)).flatMap(({ node, lock, problem }) => {
    if (problem) return [problem];
    return lock ? [{ message: `${node}: a rollback is under way: locked by ${lockHolderText(lock)}`, remedy }] : [];
  });
  if (problems.length > 0) throw new NotPrepared(problems);
}

/** Does something while no RKE runs in the cluster's folder, as it may write the state file that is saved. */
async function alone<T>({ cluster, rke }: Settings, say: (line: string) => void, work: () => Promise<T>): Promise<T> {
  const holder = { ...thisStep(), command: "rancher-rollback prepare", since: new Date().toISOString() };
  const silenceSeconds = silenceBound(cluster.path, rke.silenceSeconds);
  const lock = await takeFolder(holder, { clusterFile: cluster.path, silenceSeconds, say }).catch((error: unknown) => {
    throw new NotPrepared([busy(error)]);
  });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

function savingOf(
  { cluster, hostKeys, rancher, rke, waitSeconds }: Settings,
  stack: string,
  say: (line: string) => void,
): Saving {
  return {
    ...{ clusterFile: cluster.path, hostKeys, say, rancher, rkeVersion: rke.version },
    warn: (notice) => problemLines([notice], { stack }).forEach(say),
    timeoutSeconds: waitSeconds,
    noRoom: ({ node, needed, free }) => ({
      message: `${node}: a snapshot needs ${needed} in /opt/rke, there are ${free}`,
      remedy: `make room on ${node}: df -h /opt/rke`,
    }),
    fail: (problems) => new NotPrepared(problems),
  };
}

async function save(saving: Saving, name: string, hosts: AskedHost[]): Promise<SafetyCopyReport> {
  const best = bestSource(hosts);
  if (!best) throw new NotPrepared([{ message: "there is no etcd host", remedy: "look at the cluster file" }]);
  return await saveEverywhere(saving, { name, folder: "prepared", hosts, best });
}

/** Proves it as a rollback would, and opens it. @throws NotPrepared */
async function proveSaved(settings: Settings, say: (line: string) => void): Promise<Inspection> {
  const { cluster, hostKeys, rancher, rke, snapshot: name, waitSeconds } = settings;
  const asked = { snapshot: name, rkeVersion: rke.version, timeoutSeconds: waitSeconds };
  const proven = await proveForRestore(asked, { clusterFile: cluster.path, hostKeys, say }, "prepare");
  if ("failed" in proven) throw new NotPrepared(proven.failed);
  const copies = etcdHostsOf(settings).flatMap((node) => {
    const copy = proven.nodes.find((one) => one.node === node.name);
    return copy ? [{ node, file: copy.file, bytes: copy.unpacked ?? copy.bytes }] : [];
  });
  say(`opening ${name}`);
  const inspection = await inspectSnapshot(copies, { name, hostKeys, rancher });
  if ("failed" in inspection) throw new NotPrepared([inspection.failed]);
  const { holds, lineage, problems } = inspection;
  const restored = {
    message: `etcd was restored after ${name} was saved; ${name} does not belong to it any longer`,
    remedy: "find out who restored it, then run prepare again",
  };
  const found = [...problems, ...(lineage === "other" ? [restored] : [])];
  if (found.length > 0) throw new NotPrepared(found);
  // RKE saves on each host by itself: other hosts may have another snapshot than the one that was opened.
  const opened = proven.nodes.find(({ node }) => node === inspection.on);
  const alike = proven.nodes.filter(({ sha256 }) => sha256 === opened?.sha256);
  rememberProof(cluster.path, {
    ...{ name, how: "opened", by: "prepare", at: new Date().toISOString(), compared: true, holds },
    ...{ nodes: alike.map(({ node }) => node), unpacked: copies[0]?.bytes ?? 0 },
    ...(holds.takenAt !== undefined && { takenAt: holds.takenAt }),
  });
  return inspection;
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
          ...Object.entries(written.settings).map(
            ([key, value]) => `  ${key}: ${changeText(value, written.replaced[key])}`,
          ),
        ]
      : []),
    `if the upgrade fails: ${rerunCommand(audience)}`,
  ];
}

function changeText(value: string, before: string | undefined): string {
  return `${before === undefined ? "" : `${before} → `}${value || "none"}`;
}
