import { seeRoom } from "../../cluster/problem.ts";
import { busy, takeFolder } from "../../cluster/rke/earlierRke.ts";
import { thisStep } from "../../cluster/rke/folderLock.ts";
import { silenceBound } from "../../cluster/rke/silence.ts";
import type { SafetyCopyReport } from "../../cluster/safetyCopy/report.ts";
import { bestSource } from "../../cluster/safetyCopy/safetyCopy.ts";
import { describeSource } from "../../cluster/snapshot/source.ts";
import { timeStamp } from "../../cluster/time.ts";
import { type Audience, problemLines, rerunCommand } from "../../messages/commands.ts";
import { mebibytes } from "../../output/planText.ts";
import { type AskedHost, checkRoomForRke, type Saving, saveEverywhere } from "../../steps/saveEverywhere.ts";
import { answer, type Prepared, say } from "../answers.ts";
import { type PrepareOptions, stackConfig } from "../options.ts";
import { checkFirst, type PrepareSettings, refuseWhileLocked } from "../prepare/checkFirst.ts";
import { NotPrepared, orNotPrepared } from "../prepare/notPrepared.ts";
import { notOfImage } from "../prepare/preparedRancher.ts";
import { proveSaved } from "../prepare/proveSaved.ts";
import { bucketToUploadTo, proveUploaded, saveByRke } from "../prepare/savedByRke.ts";
import { replacedBy, wayBack } from "../prepare/settingsToRestore.ts";
import { openedText } from "../snapshotList.ts";
import type { WrittenSettings } from "../stackConfig.ts";
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

interface Preparing {
  stack: string;
  /** Whether it also goes into the bucket of the cluster file. */
  upload?: boolean;
  /** What the stack's file has. */
  written?: WrittenSettings;
  say: (line: string) => void;
}

/**
 * What `prepare` does once it has read the stack: the snapshot's name is the setting's.
 * @returns `way`: the settings of the way back; absent where there is a problem.
 */
export async function prepareNow(
  settings: PrepareSettings,
  { stack, upload = false, written = {}, say }: Preparing,
): Promise<{ answered: Prepared; way?: Record<string, string> }> {
  const answered: Prepared = { command: "prepare", stack, snapshot: settings.snapshot, problems: [] };
  try {
    const saving = savingOf(settings, stack, say);
    const { image, hosts, earlier } = await checkFirst(settings, written, saving);
    // `apply` reads the hash in the stack's file, whatever this run was given.
    const hash = written.snapshotSha256 ?? settings.snapshotSha256;
    const bucket = upload ? orNotPrepared(await bucketToUploadTo(settings, hash)) : undefined;
    if (bucket) checkRoomForRke(saving, hosts);
    const saved = bucket
      ? orNotPrepared(await saveByRke(settings, say))
      : await alone(settings, say, () => save(saving, settings.snapshot, hosts));
    const { folder, nodes, bytes, sha256, state } = saved;
    answered.saved = { folder, nodes, bytes, sha256, state };
    if (bucket) {
      const failed = await proveUploaded(settings, bucket, say);
      if (failed.length > 0) throw new NotPrepared(failed);
      answered.uploaded = describeSource(bucket);
    }
    const inspection = await proveSaved(settings, saving);
    const { acceptRancherVersion } = settings;
    const other = notOfImage(settings.snapshot, inspection.holds, { image, acceptRancherVersion, earlier });
    if (other.length > 0) throw new NotPrepared(other);
    answered.inspection = inspection;
    await refuseWhileLocked(settings);
    return { answered, way: wayBack(settings, saved, { image, written }) };
  } catch (error) {
    if (!(error instanceof NotPrepared)) throw error;
    return { answered: { ...answered, problems: error.problems } };
  }
}

/** Does something while no RKE runs in the cluster's folder, as it may write the state file that is saved. */
async function alone<T>(
  { cluster, rke }: PrepareSettings,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
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
  { cluster, hostKeys, rancher, rke, waitSeconds }: PrepareSettings,
  stack: string,
  say: (line: string) => void,
): Saving {
  return {
    clusterFile: cluster.path,
    hostKeys,
    say,
    rancher,
    rkeVersion: rke.version,
    warn: (notice) => problemLines([notice], { stack }).forEach(say),
    timeoutSeconds: waitSeconds,
    noRoom: (node, { path, needed, free }) => ({
      message: `${node}: a snapshot needs ${needed} in ${path}, there are ${free}`,
      remedy: `make room on ${node}: ${seeRoom(path)}`,
    }),
    fail: (problems) => new NotPrepared(problems),
  };
}

async function save(saving: Saving, name: string, hosts: AskedHost[]): Promise<SafetyCopyReport> {
  const best = bestSource(hosts);
  if (!best) throw new NotPrepared([{ message: "there is no etcd host", remedy: "look at the cluster file" }]);
  return await saveEverywhere(saving, { name, folder: "prepared", hosts, best });
}

export function preparedText({ stack, snapshot, saved, uploaded, inspection, written, problems }: Prepared): string[] {
  const audience: Audience = { stack, program: "rancher-rollback" };
  if (problems.length > 0) {
    const left = saved ? `${snapshot} is on ${saved.nodes.join(", ")}` : "no snapshot is ready";
    return [
      `NOT prepared; ${left}, and the stack's config is as it was:`,
      ...problemLines(problems, audience).map((line) => `  ${line}`),
    ];
  }
  const lines: string[] = [];
  if (saved) {
    const same = uploaded === undefined ? "and the same " : "";
    const where = `${saved.nodes.join(", ")} (${mebibytes(saved.bytes)})`;
    lines.push(`${snapshot} is proven ${same}on ${where}; beside it: ${saved.folder}`);
  }
  if (uploaded !== undefined) lines.push(`it is in ${uploaded}`);
  if (inspection) lines.push(openedText(inspection));
  if (written) lines.push(`written into ${written.file}:`);
  for (const [key, value] of Object.entries(written?.settings ?? {})) {
    const before = written?.replaced[key];
    lines.push(`  ${key}: ${before === undefined ? "" : `${before} → `}${value || "none"}`);
  }
  return [...lines, `if the upgrade fails: ${rerunCommand(audience)}`];
}
