import { existsSync } from "node:fs";
import { dirname } from "node:path";
import {
  type ClusterFile,
  ClusterFileError,
  otherClustersBeside,
  readClusterFile,
} from "../cluster/clusterFile/clusterFile.ts";
import { redactedDiff } from "../cluster/clusterFile/diff.ts";
import { ClusterEditError } from "../cluster/clusterFile/edit.ts";
import { readText } from "../cluster/clusterFile/encoding.ts";
import { expanded } from "../cluster/clusterFile/login.ts";
import { valueIn } from "../cluster/clusterFile/rkeYaml.ts";
import { kubernetesVersionOf, readKubernetesVersion } from "../cluster/clusterFile/stateFile.ts";
import { COPY_FROM_LAST_UP, type Problem, type Remedy } from "../cluster/problem.ts";
import { readDefaultKubernetes } from "../cluster/rke/defaultKubernetes.ts";
import { knownBugs } from "../cluster/rke/knownBugs.ts";
import { readRkeVersion } from "../cluster/rke/readVersion.ts";
import { isV01, type RkeVersion } from "../cluster/rke/version.ts";
import { asInClusterFile } from "../cluster/snapshot/backupSource.ts";
import { snapshotNameForRke } from "../cluster/snapshot/name.ts";
import type { SnapshotSource } from "../cluster/snapshot/source.ts";
import { clusterFileProblems } from "./clusterFiles.ts";
import { exampleOf, remedyAt, removal } from "./examples.ts";
import { KEYS, type Key, schema } from "./keys.ts";
import { missingVersion } from "./missingVersion.ts";
import { type ReplacedCluster, replaceNodes, type WrittenReplacement } from "./replacements.ts";
import { type ClusterSettings, type Mistake, type Settings, SettingsError } from "./settings.ts";
import { isCredential, parseSource, type WrittenSource } from "./source.ts";
import { issueText, meant, shortened } from "./wording.ts";

const DEPLOYMENT_CONTAINERS = new Map([
  ["cattle", "cattle-server"],
  ["rancher", "rancher"],
]);
/** Their values may be secret, or contain a secret. */
const NEVER_SHOWN: Key[] = ["rancherUrl", "snapshotSource", "s3AccessKey", "s3SecretKey", "webhook"];

interface ConfigKeys {
  unknown?: string[];
  /** The keys whose values are no secrets in the stack's config. */
  plain?: string[];
}

/**
 * Raw values by key → settings. Paths are relative to the working directory. With `clusterOnly`, snapshot
 * and Rancher version are optional.
 * @throws SettingsError with every mistake.
 */
export function checkSettings(given: Record<string, unknown>, about?: ConfigKeys & { clusterOnly?: false }): Settings;
export function checkSettings(
  given: Record<string, unknown>,
  about: ConfigKeys & { clusterOnly: true },
): ClusterSettings;
export function checkSettings(
  given: Record<string, unknown>,
  { unknown = [], plain = [], clusterOnly = false }: ConfigKeys & { clusterOnly?: boolean } = {},
): ClusterSettings {
  const mistakes: Mistake[] = unknown.map(unknownSetting);
  const mistake = (key: Key, wrong: string, remedy: Remedy = exampleOf(key), at: string = key) =>
    mistakes.push({ key: at, message: `${at} ${wrong}`, remedy });
  const inClusterFile = ({ message, remedy }: Problem) => void mistakes.push({ key: "clusterFile", message, remedy });

  const rules = schema.partial({ snapshot: true, rancherVersion: true });
  const parsed = (clusterOnly ? rules : schema).safeParse(given, { error: issueText });
  for (const { path, message } of parsed.error?.issues ?? []) {
    const [key, ...inner] = path as [Key, ...(string | number)[]];
    const at = key + inner.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
    const wrong = plain.includes(key) && !NEVER_SHOWN.includes(key) ? valueAt(given, path) : undefined;
    const said = wrong === undefined ? message : `${shortened(wrong)} ${message}`;
    mistake(key, said, remedyAt(key, inner, given[key]), at);
  }
  const broken = new Set<unknown>(parsed.error?.issues.map(({ path: [key] }) => key));
  const value = (key: Key): string | undefined =>
    broken.has(key) ? undefined : ((given[key] ?? KEYS[key].rule.safeParse(undefined).data) as string | undefined);

  const written = attempt(
    () => value("clusterFile") && readClusterFile(expanded(value("clusterFile") as string)),
    (error) => {
      const isThere = existsSync(expanded(String(given.clusterFile)));
      for (const wrong of error instanceof ClusterFileError ? error.mistakes : [String(error)]) {
        const message = `clusterFile ${given.clusterFile}: ${wrong}`;
        if (isThere) inClusterFile({ message, remedy: "correct the cluster file" });
        else mistake("clusterFile", `${given.clusterFile}: ${wrong}`);
      }
    },
  );
  const replaced =
    written && parsed.success ? replace(written, parsed.data.replacements, mistake, inClusterFile) : undefined;
  const cluster = written && { ...written, nodes: replaced?.nodes ?? written.nodes };
  if (cluster) clusterFileProblems(cluster).forEach(inClusterFile);
  const source = cluster && parsed.success ? sourceOf(parsed.data, cluster, plain, mistake) : undefined;
  // By `secret: true` in Pulumi.yaml, Pulumi 3.259.0 would refuse the empty default as well, since it is not encrypted.
  if (value("webhook") && plain.includes("webhook")) mistake("webhook", "is in the config in plain text");
  const version = attempt(
    () => value("rkePath") && readRkeVersion(program(value("rkePath") as string)),
    (error) => mistake("rkePath", `does not work: ${error.message}`),
  );
  for (const key of ["knownHostsFile", "rancherCaFile"] as const) {
    const path = value(key);
    if (path && !existsSync(expanded(path))) mistake(key, `names a file that is not there: ${path}`);
  }
  const bugs = cluster && version ? knownBugs(cluster, version) : [];
  bugs.filter(({ severity }) => severity === "refuse").forEach(inClusterFile);
  const container = value("rancherContainer") ?? DEPLOYMENT_CONTAINERS.get(value("rancherDeployment") ?? "cattle");
  if (!container && !broken.has("rancherContainer"))
    mistake("rancherContainer", "must be set for a Deployment that is neither cattle nor rancher");

  if (mistakes.length > 0 || !parsed.success || !cluster || !version || !container) {
    const isMissing = ({ key }: Mistake) => key === "rancherVersion" && given[key] === undefined;
    const missing = () => missingVersion(cluster ? cluster.path : undefined, value("snapshot"));
    throw new SettingsError(mistakes.map((one) => (isMissing(one) ? { ...one, ...missing() } : one)));
  }
  const s = parsed.data;
  const kubernetesVersion = kubernetesVersionOf(cluster.stateFile);
  // RKE takes a second for the answer, and as long as the network where RANCHER_METADATA_URL is set.
  const defaultKubernetes =
    !clusterOnly && valueIn(readText(cluster.path).text, "kubernetes_version") === undefined
      ? readDefaultKubernetes(program(s.rkePath))
      : undefined;
  const { name, note } = s.snapshot === undefined ? {} : snapshotNameForRke(s.snapshot, version);
  return {
    ...(name !== undefined && { snapshot: name }),
    run: s.run,
    ...(s.acceptDataLossOf && { acceptDataLossOf: consentAsTyped(s.acceptDataLossOf, version) }),
    acceptHazardsOf: s.acceptHazardsOf,
    ...(s.acceptRancherVersion && { acceptRancherVersion: s.acceptRancherVersion }),
    readCluster: s.readCluster === "true",
    safetyCopy: s.safetyCopy === "required",
    restoreWith: s.restoreWith,
    keepOldDataDays: s.keepOldData,
    ...(s.breakLockOf && { breakLockOf: s.breakLockOf }),
    cluster,
    replacements: replaced?.replacements ?? [],
    clusterFileDiff: replaced?.diff ?? "",
    ...(kubernetesVersion !== undefined && { kubernetesVersion }),
    // RKE before v0.2.0 reads no bucket there.
    ...(source && { source: isV01(version) ? source : asInClusterFile(source, readText(cluster.path).text) }),
    ...(s.snapshotSha256 && { snapshotSha256: s.snapshotSha256 }),
    rke: {
      path: program(s.rkePath),
      version,
      silenceSeconds: s.rkeSilenceSeconds,
      ...(defaultKubernetes !== undefined && { defaultKubernetes }),
    },
    rancher: {
      namespace: s.rancherNamespace,
      deployment: s.rancherDeployment,
      container,
      repository: s.rancherImage,
      ...(s.rancherVersion && { image: `${s.rancherImage}:${s.rancherVersion}`, version: s.rancherVersion }),
      url: s.rancherUrl,
      ...(s.rancherCaFile && { caFile: expanded(s.rancherCaFile) }),
    },
    restartOrder: s.restartOrder,
    // A restore by v0.1.x is of etcd alone: everything else runs through it and has to be built and restarted.
    restarts: isV01(version) ? "always" : s.restarts,
    rkeUp: isV01(version) ? "first" : s.rkeUp,
    hostKeys: {
      allowUnknown: s.allowUnknownHostKeys === "true",
      ...(s.knownHostsFile && { knownHostsFile: expanded(s.knownHostsFile) }),
    },
    waitSeconds: s.waitSeconds,
    ...(s.webhook && { webhook: s.webhook }),
    notes: [
      ...(note ? [note] : []),
      ...cluster.notes,
      ...bugs.map(({ message, remedy }) => ({ message, remedy })),
      ...sharedFolder(cluster.path),
      ...(replaced?.warnings ?? []),
    ],
  };
}

/** The snapshot's name as RKE wants it; behind it, which of its restores is meant. */
function consentAsTyped(typed: string, version: RkeVersion): string {
  const [, name = "", run = ""] = /^(.*?)(#\d+)?$/.exec(typed) ?? [];
  return snapshotNameForRke(name, version).name + run;
}

function unknownSetting(key: string): Mistake {
  const near = meant(key, Object.keys(KEYS));
  const message = `${key} is not a setting${near ? `; did you mean ${near}?` : ""}`;
  return { key, message, remedy: removal(key) };
}

/** What was given at a path of the rules; undefined where that is no text or number. */
function valueAt(given: unknown, path: PropertyKey[]): string | number | undefined {
  const value = path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part],
    given,
  );
  return (typeof value === "string" && value !== "") || typeof value === "number" ? value : undefined;
}

/** What this program keeps of a cluster is in its folder's `.rancher-rollback`: locks, what was wiped, reports. */
function sharedFolder(path: string): Problem[] {
  return otherClustersBeside(path).map((other) => ({
    message: `${other} is another cluster in the same folder, and their data in .rancher-rollback would be mixed`,
    remedy: "give each a folder of its own, with its .rkestate and kube_config_ file",
  }));
}

type Tell = (key: Key, wrong: string, remedy?: Remedy) => void;

function replace(
  { path, stateFile }: ClusterFile,
  written: WrittenReplacement[],
  mistake: Tell,
  inClusterFile: (problem: Problem) => void,
): (ReplacedCluster & { diff: string }) | undefined {
  if (written.length === 0) return undefined;
  const source = readText(path).text;
  const replaced = attempt(
    () => replaceNodes(source, dirname(path), written),
    (error) => {
      if (!(error instanceof ClusterEditError)) throw error;
      for (const wrong of error.mistakes) mistake("replacements", `cannot be made in ${path}: ${wrong}`);
    },
  );
  // A new node gets the cluster's certificates out of the same file (rke#1507).
  attempt(
    () => readKubernetesVersion(stateFile),
    ({ message }) => inClusterFile({ message: `clusterFile ${message}`, remedy: COPY_FROM_LAST_UP }),
  );
  return replaced && { ...replaced, diff: redactedDiff(source, replaced.text, path) };
}

function sourceOf(
  written: Omit<WrittenSource, "snapshotSource"> & { snapshotSource?: string | undefined },
  { nodes }: ClusterFile,
  plain: string[],
  mistake: Tell,
): SnapshotSource | undefined {
  const { snapshotSource, s3AccessKey, s3SecretKey } = written;
  for (const key of ["s3Endpoint", "s3Region", "s3AccessKey", "s3SecretKey"] as const) {
    if (written[key] && !snapshotSource?.startsWith("s3:"))
      mistake(key, "is for a snapshotSource in S3 only", removal(key));
  }
  if (Boolean(s3AccessKey) !== Boolean(s3SecretKey)) {
    mistake(s3AccessKey ? "s3SecretKey" : "s3AccessKey", "is missing beside the other key");
  }
  if (s3SecretKey && plain.includes("s3SecretKey")) mistake("s3SecretKey", "is in the config in plain text");
  if (snapshotSource === undefined) return undefined;
  if (isCredential(snapshotSource) && plain.includes("snapshotSource")) {
    const secret = exampleOf("snapshotSource", "--secret");
    mistake("snapshotSource", "has a password or signature in it, and is in the config in plain text", secret);
  }
  const parsed = parseSource({ ...written, snapshotSource }, nodes);
  if ("source" in parsed) return parsed.source;
  for (const { key, wrong } of parsed.mistakes) mistake(key, wrong);
  return undefined;
}

/** A program by path, or by the bare name that the PATH is searched for. */
function program(path: string): string {
  return path.includes("/") ? expanded(path) : path;
}

function attempt<T>(read: () => T, failed: (error: Error) => void): T | undefined {
  try {
    return read();
  } catch (error) {
    failed(error as Error);
    return undefined;
  }
}
