import { readFileSync } from "node:fs";
import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { decodeText } from "../cluster/clusterFile/encoding.ts";
import { nodeText } from "../cluster/clusterFile/node.ts";
import { existingEtcdNodes } from "../cluster/clusterFile/replacement.ts";
import { orUnreachable, ssh } from "../cluster/node/ssh.ts";
import type { OpenableCopy } from "../cluster/opened/openOnFirst.ts";
import { type Problem, SEE_RECURRING } from "../cluster/problem.ts";
import { isV01, namesSnapshotsWithoutZip } from "../cluster/rke/version.ts";
import { backupSource } from "../cluster/snapshot/backupSource.ts";
import { holdFolder } from "../cluster/snapshot/fetched.ts";
import { seemsSnapshot } from "../cluster/snapshot/list.ts";
import { listS3Script, parseS3List, type S3Object } from "../cluster/snapshot/listS3.ts";
import { pullScript, pullText } from "../cluster/snapshot/pull.ts";
import {
  describeSource,
  redacting,
  type S3Source,
  s3Place,
  sourceMistakes,
  sourceSecrets,
} from "../cluster/snapshot/source.ts";
import type { ClusterSettings } from "../settings/settings.ts";
import { notInS3 } from "./options.ts";
import { proofOn } from "./snapshotList.ts";
import type { StackConfig } from "./stackConfig.ts";
import { UsageError } from "./usage.ts";

type BucketCluster = Pick<ClusterSettings, "cluster" | "replacements" | "hostKeys" | "rke" | "source" | "waitSeconds">;

/** The bucket that RKE uploads to by the cluster file; undefined where there is none, or this release of RKE reads none. */
export function bucketOfCluster({ cluster, rke }: BucketCluster): S3Source | undefined {
  return isV01(rke.version) ? undefined : backupSource(decodeText(readFileSync(cluster.path)).text);
}

export function bucketsOf(settings: BucketCluster): S3Source[] {
  const { source } = settings;
  const all = [bucketOfCluster(settings), source?.kind === "s3" ? source : undefined].filter(
    (one) => one !== undefined,
  );
  return all.filter((one, at) => all.findIndex((other) => describeSource(other) === describeSource(one)) === at);
}

/** A stack's config with `--source` as its snapshotSource, for endpoint, region and keys are settings as well. */
export function withSource(config: StackConfig, source: string | undefined): StackConfig {
  if (source === undefined || source === "s3") return config;
  return { ...config, config: { ...config.config, snapshotSource: source } };
}

/**
 * The bucket that `--source` means. The cluster file's own comes with that file's keys.
 * @throws UsageError where it means none.
 */
export function bucketToProve(settings: BucketCluster, asked: string): S3Source {
  const ofCluster = bucketOfCluster(settings);
  const { source } = settings;
  if (asked === "s3") {
    if (ofCluster) return ofCluster;
    const message = "the cluster file has no bucket: services.etcd.backup_config.s3backupconfig";
    throw UsageError.of({ message, remedy: "Name one: --source s3://BUCKET/FOLDER" });
  }
  if (source?.kind !== "s3") throw UsageError.of(notInS3(asked));
  const isOwn = source.endpoint === undefined && source.keys === undefined && ofCluster !== undefined;
  return isOwn && s3Place(ofCluster).folder === s3Place(source).folder ? ofCluster : source;
}

/** The snapshots in a bucket, and the etcd host whose s3cmd has listed them; or why no host could. */
export async function listBucket(
  settings: BucketCluster,
  source: S3Source,
): Promise<{ node: ClusterNode; objects: S3Object[] } | { failed: Problem[] }> {
  const [mistake] = sourceMistakes(source);
  if (mistake) {
    const remedy = "correct s3backupconfig in the cluster file";
    return { failed: [{ message: `${mistake.part} of the bucket ${mistake.wrong}`, remedy }] };
  }
  const redact = redacting(sourceSecrets(source));
  const { script, input = "" } = listS3Script(source);
  const { hostKeys } = settings;
  const failed: Problem[] = [];
  // One after the other: one that has s3cmd and reaches the bucket is enough.
  for (const node of existingEtcdNodes(settings)) {
    const listed = await orUnreachable(ssh({ node, script, input, hostKeys, timeoutSeconds: 60 }).then(parseS3List));
    if ("objects" in listed) return { node, objects: listed.objects };
    const said = (problem: Problem) => ({ ...problem, message: `${nodeText(node)}: ${redact(problem.message)}` });
    failed.push("unreachable" in listed ? listed.unreachable : said(listed.failed));
  }
  if (failed.length > 0) return { failed };
  return { failed: [{ message: "there is no etcd host that could list it", remedy: "look at the cluster file" }] };
}

/** A snapshot that was fetched and proven by its own hash. */
interface FetchedSnapshot {
  snapshot: string;
  takenAt: string | undefined;
  copy: OpenableCopy;
}
type Fetched = FetchedSnapshot | { failed: Problem[] };

interface Fetching {
  source: S3Source;
  /** The newest where it is not given. */
  snapshot?: string | undefined;
  /** Names that are not the newest. */
  passOver?: string[];
  say: (line: string) => void;
}

/** More than the largest snapshot takes to be opened once it is there, s. */
const OPENING_SECONDS = 3600;

/** Fetches a snapshot from a bucket onto an etcd host, apart from those that RKE restores, works with it and removes it. */
export async function withFetched<T>(
  settings: BucketCluster,
  fetching: Fetching,
  work: (fetched: Fetched) => Promise<T>,
): Promise<T> {
  const { source, passOver = [], say } = fetching;
  const place = describeSource(source);
  say(`listing ${place}`);
  const listed = await listBucket(settings, source);
  if ("failed" in listed) return await work(listed);
  const { node, objects } = listed;
  const chosen = objects.find((one) =>
    fetching.snapshot === undefined
      ? seemsSnapshot(one) && !passOver.includes(one.name)
      : one.name === fetching.snapshot,
  );
  if (!chosen) {
    const which = fetching.snapshot ?? (passOver.length > 0 ? "of this cluster" : undefined);
    const message = `there is no snapshot ${which === undefined ? "" : `${which} `}in ${place}`;
    return await work({ failed: [{ message, remedy: SEE_RECURRING }] });
  }
  const held = await holdFolder(node, settings.hostKeys, settings.waitSeconds + OPENING_SECONDS);
  if ("failed" in held) return await work({ failed: [held.failed] });
  try {
    return await work(await fetch(settings, { node, folder: held.folder }, chosen, fetching));
  } finally {
    await held.letGo();
  }
}

async function fetch(
  { hostKeys, rke, waitSeconds }: BucketCluster,
  { node, folder }: { node: ClusterNode; folder: string },
  { name, takenAt }: S3Object,
  { source, say }: Fetching,
): Promise<Fetched> {
  const redact = redacting(sourceSecrets(source));
  const rkeReadsZips = namesSnapshotsWithoutZip(rke.version);
  const { script, input = "" } = pullScript({ name, source, rkeReadsZips, folder });
  const sayOf = (line: string) => say(redact(`${node.name}: ${pullText(line)}`));
  const asked = ssh({ node, script, input, hostKeys, timeoutSeconds: waitSeconds, say: sayOf });
  const proof = await proofOn(node, asked);
  if ("failed" in proof) return { failed: [{ ...proof.failed, message: redact(proof.failed.message) }] };
  const { file, unpacked } = proof.snapshot;
  const copy = { node, file, folder, bytes: unpacked };
  return { snapshot: name, takenAt, copy };
}
