import { basename } from "node:path";
import { existingEtcdNodes } from "../../cluster/clusterFile/replacement.ts";
import { ssh } from "../../cluster/node/ssh.ts";
import { rememberProof } from "../../cluster/opened/provenSnapshots.ts";
import type { Problem } from "../../cluster/problem.ts";
import { busy } from "../../cluster/rke/earlierRke.ts";
import { findingText } from "../../cluster/rke/finding.ts";
import { RkeNotStarted, runRke } from "../../cluster/rke/run.ts";
import { silenceBound } from "../../cluster/rke/silence.ts";
import type { SafetyCopyReport } from "../../cluster/safetyCopy/report.ts";
import { proofArgs, snapshotProofScript } from "../../cluster/snapshot/proof.ts";
import { describeSource, type S3Source } from "../../cluster/snapshot/source.ts";
import type { ClusterSettings } from "../../settings/settings.ts";
import { keepBeside, readRancher } from "../../steps/saveEverywhere.ts";
import { bucketOfCluster, listBucket, withFetched } from "../bucket.ts";
import { proofOn } from "../snapshotList.ts";

type Settings = ClusterSettings & { snapshot: string };
type Say = (line: string) => void;

/**
 * The cluster file's bucket, if RKE can upload a snapshot of this name into it. rke-tools v0.1.83 and later upload nothing
 * where an object of that name is there and the bucket keeps no versions (main.go).
 */
export async function bucketToUploadTo(
  settings: Settings,
  snapshotSha256: string | undefined,
): Promise<S3Source | { failed: Problem[] }> {
  const { snapshot } = settings;
  const bucket = bucketOfCluster(settings);
  if (!bucket) {
    const message = "the cluster file has no bucket to upload to";
    const remedy = "give it one, services.etcd.backup_config.s3backupconfig, and run rke up; or leave --upload out";
    return { failed: [{ message, remedy }] };
  }
  if (snapshotSha256 !== undefined) {
    const message = "snapshotSha256 is of one file, and RKE saves a file of its own on each host";
    return { failed: [{ message, remedy: { text: "take it out of the config", pulumi: "config rm snapshotSha256" } }] };
  }
  const listed = await listBucket(settings, bucket);
  if ("failed" in listed) return listed;
  const there = listed.objects.find(({ name }) => name === snapshot);
  if (!there) return bucket;
  const message = `${there.file} is in ${describeSource(bucket)} already`;
  return { failed: [{ message, remedy: "choose another name: --name" }] };
}

/**
 * Saves a snapshot by RKE itself, on each host for itself, which also uploads it, and keeps what belongs to it. Sizes and
 * sha256 are those of the first host's file.
 */
export async function saveByRke(settings: Settings, say: Say): Promise<SafetyCopyReport | { failed: Problem[] }> {
  const { cluster, hostKeys, rancher, rke, snapshot: name, waitSeconds } = settings;
  const reading = readRancher(cluster.path, rancher);
  const problems = await runSave(settings, say);
  const { deployment, image } = await reading;
  if (problems.length > 0) return { failed: problems };
  const hosts = existingEtcdNodes(settings);
  const [first] = hosts;
  if (!first) return { failed: [{ message: "there is no etcd host", remedy: "look at the cluster file" }] };
  const script = snapshotProofScript(proofArgs(name, rke.version));
  const proof = await proofOn(first, ssh({ node: first, script, hostKeys, timeoutSeconds: waitSeconds }));
  if ("failed" in proof) return { failed: [proof.failed] };
  const { bytes, sha256, state } = proof.snapshot;
  const nodes = hosts.map((node) => node.name);
  const report = { name, kind: "live" as const, nodes, bytes, sha256, state, rancherImage: image };
  return { ...report, folder: keepBeside(cluster.path, "prepared", report, deployment) };
}

/** Fetches what RKE has uploaded and proves it by its own hash: RKE's log says that it is done where nothing was uploaded, too. */
export async function proveUploaded(settings: Settings, bucket: S3Source, say: Say): Promise<Problem[]> {
  return await withFetched(settings, { source: bucket, snapshot: settings.snapshot, say }, async (fetched) => {
    if ("failed" in fetched) return fetched.failed;
    rememberProof(settings.cluster.path, {
      name: fetched.snapshot,
      how: "hash",
      by: "prepare",
      at: new Date().toISOString(),
      nodes: [],
      source: describeSource(bucket),
      unpacked: fetched.copy.bytes,
    });
    return [];
  });
}

async function runSave({ cluster, rke, snapshot }: Settings, say: Say): Promise<Problem[]> {
  // It uploads where the cluster file has a bucket (RKE v0.2.0 and later).
  const command = [rke.path, "etcd", "snapshot-save", "--name", snapshot, "--config", basename(cluster.path)];
  const silenceSeconds = silenceBound(cluster.path, rke.silenceSeconds);
  const args = { command, purpose: "save" as const, clusterFile: cluster.path, silenceSeconds, say };
  try {
    const { succeeded, problems, log } = await runRke(args);
    if (succeeded) return [];
    const remedy = `correct what RKE names; its whole log: ${log}`;
    return problems.map((one) => ({ message: findingText(one), remedy }));
  } catch (error) {
    if (error instanceof RkeNotStarted) return [{ message: error.message, remedy: "look at rkePath" }];
    return [busy(error)];
  }
}
