import { coerce, lt } from "semver";
import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { hasRole, nodeText } from "../clusterFile/node.ts";
import { silentDocker } from "../node/dockerAnswers.ts";
import { isOfRke, isSupportedDocker, supportedDocker } from "../node/dockerVersions.ts";
import { asRoot } from "../node/privilege.ts";
import type { Unreachable } from "../node/ssh.ts";
import { checkFailed, type FailedCheck, type Problem, problemIf, setRemedy } from "../problem.ts";
import { LASTING_HELPERS } from "../rke/helpers.ts";
import { failsOnRestoreFolder, isV01, needsBundle, type RkeVersion, readsStateInZip } from "../rke/version.ts";
import { lineOf, linesOf, script } from "../script.ts";
import { type ProofReport, type ProvenSnapshot, SNAPSHOT_FOLDER } from "../snapshot/proof.ts";
import type { Judged } from "./judged.ts";
import { type Places, parsePlaces, RESTORE_FOLDER, roomFailures } from "./room.ts";

/** What a node says of itself before the wipe. */
export interface NodeState {
  /** The server's version; undefined when it does not answer. */
  docker?: string;
  dockerSaid: string;
  places: Places;
  /** What a restore by RKE v0.1.7 or v0.1.8 has left, and the next one fails on. */
  restoreFolder: boolean;
  /** The cluster's certificates beside the snapshots, which v0.1.8 to v0.1.20 end a restore with. */
  certificateBundle: boolean;
  /** RKE's helper containers, which live for seconds while RKE works. */
  helpers: { name: string; running: boolean }[];
}

/** A node before the wipe; `proof` for etcd nodes only. What could not be asked says why and what to type. */
export interface NodeReading {
  node: ClusterNode;
  state: NodeState | Unreachable;
  proof?: ProofReport | Unreachable;
}

/**
 * Containers that RKE v1.8.0 makes for one task and takes away (services/services.go, pki, cluster, hosts);
 * one that was left over stops the next restore (rke#2968).
 */
const HELPERS = `etcd-snapshot-once etcd-remove-snapshot etcd-restore etcd-download-backup etcd-Serve-backup
  etcd-checksum-checker etcd-extract-statefile extract-statefile-configmap etcd-fix-perm rke-log-linker
  rke-log-cleaner rke-bundle-cert cert-deployer cert-fetcher cluster-state-deployer file-deployer kube-cleaner
  rke-port-checker rke-etcd-port-listener rke-cp-port-listener rke-worker-port-listener`.split(/\s+/);

const BUNDLE = `${SNAPSHOT_FOLDER}/pki.bundle.tar.gz`;

const readState = script(import.meta.dirname, "state.sh");

/** Reads a node's state; changes nothing. For root. @param snapshot the one to restore, where there is one. */
export function stateLines({ prefixPath = "" }: Pick<ClusterNode, "prefixPath">, snapshot = ""): string {
  return readState({ folder: SNAPSHOT_FOLDER, restore_folder: RESTORE_FOLDER, snapshot, prefix_path: prefixPath });
}

/** Reads a node's state, whatever user logs in. @param snapshot the one to restore, where there is one. */
export function stateScript(node: Pick<ClusterNode, "prefixPath">, snapshot?: string): string {
  return asRoot(stateLines(node, snapshot));
}

export function parseState(printed: string): NodeState {
  const docker = lineOf(printed, "docker");
  return {
    ...(docker && { docker }),
    dockerSaid: lineOf(printed, "docker-said")?.trim() ?? "",
    places: parsePlaces(printed),
    restoreFolder: lineOf(printed, "restore-folder") === "yes",
    certificateBundle: lineOf(printed, "certificate-bundle") === "yes",
    helpers: linesOf(printed, "container").flatMap((line) => {
      const [name = "", status] = line.split(" ");
      return HELPERS.includes(name) ? [{ name, running: status === "Up" }] : [];
    }),
  };
}

/** Every problem of the restore, all at once; empty means proven. */
export function failedChecks(readings: NodeReading[], judged: Judged): FailedCheck[] {
  const { rke, kubernetesVersion } = judged;
  const old = checkFailed("kubernetes-version", withoutAppsV1(kubernetesVersion));
  if (old.length > 0) return old;
  return [
    ...readings.flatMap(({ node, state, proof }) => {
      const as = (check: FailedCheck["check"], problems: Problem[]) => checkFailed(check, problems, node.name);
      if ("unreachable" in state) return as("node-reachable", [state.unreachable]);
      return [
        ...stateFailures(node, state, judged),
        ...(proof ? as("snapshot-whole", proofFailures(node, proof, readings)) : []),
        ...(proof && "snapshot" in proof
          ? [
              ...as("room", roomFailures(node.name, state.places, proof.snapshot, judged.way)),
              ...as("state-in-zip", stateInZipFailures(node, proof.snapshot, rke)),
            ]
          : []),
      ];
    }),
    ...ofV01(readings, rke),
    ...checkFailed("same-snapshot", differences(readings, rke)),
  ];
}

/** By which the Rancher image is read and set; Kubernetes has it from v1.9 on. */
function withoutAppsV1(kubernetesVersion: string | undefined): Problem[] {
  const version = coerce(kubernetesVersion);
  return problemIf(
    version !== null && lt(version, "1.9.0"),
    `Kubernetes ${kubernetesVersion} has no API apps/v1, by which the Rancher image is set: it comes with v1.9`,
    "roll back by RKE and kubectl: rke etcd snapshot-restore, rke up, kubectl set image",
  );
}

function stateFailures(
  { name }: ClusterNode,
  { docker, dockerSaid, helpers }: NodeState,
  judged: Judged,
): FailedCheck[] {
  if (docker === undefined) {
    return checkFailed("docker-answers", [silentDocker(name, dockerSaid)], name);
  }
  const busy = helpers.filter(({ running }) => running).map((helper) => helper.name);
  return [
    ...checkFailed("docker-version", judged.anyDocker ? [] : dockerFailures(name, docker, decisive(judged)), name),
    ...checkFailed("rke-at-work", rkeAtWork(name, busy), name).map((problem) => ({
      ...problem,
      passes: true as const,
    })),
  ];
}

/** RKE judges Docker by the Kubernetes that it installs (hosts/tunnel.go). */
function decisive({ installs, kubernetesVersion }: Omit<Judged, "rke">): string | undefined {
  return installs !== undefined && isOfRke(installs) ? installs : kubernetesVersion;
}

function dockerFailures(node: string, docker: string, kubernetes: string | undefined): Problem[] {
  if (kubernetes === undefined) return [];
  return problemIf(
    !isSupportedDocker(docker, kubernetes),
    `${node}: RKE does not accept Docker ${docker} for Kubernetes ${kubernetes} and would continue without this node`,
    `install one of ${supportedDocker(kubernetes).join(", ")} on ${node}`,
  );
}

/** A node whose Docker RKE does not support, and goes on with. */
export interface ToleratedDocker {
  node: string;
  docker: string;
  kubernetes: string;
}

/** @param docker undefined where it does not answer. */
export function toleratedDocker(
  node: string,
  docker: string | undefined,
  judged: Omit<Judged, "rke">,
): ToleratedDocker[] {
  const kubernetes = decisive(judged);
  if (!judged.anyDocker || docker === undefined || kubernetes === undefined) return [];
  return isSupportedDocker(docker, kubernetes) ? [] : [{ node, docker, kubernetes }];
}

export function toleratedDockers(
  readings: Pick<NodeReading, "node" | "state">[],
  judged: Omit<Judged, "rke">,
): ToleratedDocker[] {
  return readings.flatMap(({ node, state }) =>
    toleratedDocker(node.name, "unreachable" in state ? undefined : state.docker, judged),
  );
}

function rkeAtWork(node: string, busy: string[]): Problem[] {
  const lasting = busy.filter((helper) => LASTING_HELPERS.includes(helper));
  const message = `${node}: ${busy.join(", ")} is running: another RKE is at work on this cluster`;
  if (lasting.length === 0)
    return problemIf(busy.length > 0, message, "wait until it has ended, or find out who started it");
  const removal = `docker rm -f ${lasting.join(" ")}`;
  const remedy = `wait until it has ended, or find out who started it; where no RKE runs any more, on ${node}: ${removal}`;
  return [{ message: `${message}, or one that has ended left it`, remedy }];
}

function proofFailures(node: ClusterNode, proof: ProofReport | Unreachable, readings: NodeReading[]): Problem[] {
  if ("unreachable" in proof) return [proof.unreachable];
  if ("snapshot" in proof) return [];
  const good = readings.find((other) => other.proof && "snapshot" in other.proof)?.node;
  const remedy = good
    ? setRemedy("fetch it from a node that has it", "snapshotSource", `node:${good.address}`)
    : setRemedy("name a snapshot that exists, or where to fetch it from", "snapshotSource", "s3://BUCKET");
  return [{ message: `${nodeText(node)}: ${proof.failed.message}`, remedy }];
}

/** The rke-tools that such an RKE brings writes each member of a zip over the one before it: the state file comes last. */
function stateInZipFailures({ name }: ClusterNode, { file, state }: ProvenSnapshot, rke: RkeVersion): Problem[] {
  const [zip, plain] = [`${SNAPSHOT_FOLDER}/${file}`, `${SNAPSHOT_FOLDER}/${file.replace(/\.zip$/, "")}`];
  return problemIf(
    state && !readsStateInZip(rke),
    `${name}: ${file} was saved by a later RKE, with its state file in it, and RKE ${rke.text} could restore that file as the snapshot`,
    `restore with RKE v1.1.5 or later; or on ${name}: unzip -p ${zip} '*backup/*' >${plain} && mv ${zip} ${zip}.kept`,
  );
}

function ofV01(readings: NodeReading[], rke: RkeVersion): FailedCheck[] {
  const answered = readings.flatMap(({ node, state }) => ("unreachable" in state ? [] : [{ node, state }]));
  const hosts = answered.filter(({ node }) => hasRole(node, "etcd") || hasRole(node, "controlplane"));
  const left = answered.filter(({ node, state }) => hasRole(node, "etcd") && state.restoreFolder);
  // A host that did not answer may have it, and so may a machine that a preview does not ask.
  const areAllAsked = hosts.length > 0 && answered.length === readings.length;
  return [
    ...(failsOnRestoreFolder(rke) ? left : []).flatMap(({ node: { name } }) =>
      checkFailed("rke-restore-folder", [restoreFolderLeft(name, rke)], name),
    ),
    ...(needsBundle(rke) && areAllAsked && !hosts.some(({ state }) => state.certificateBundle)
      ? checkFailed("certificate-bundle", [withoutBundle(rke)])
      : []),
  ];
}

function restoreFolderLeft(node: string, { text }: RkeVersion): Problem {
  return {
    message: `${node}: an earlier restore left ${RESTORE_FOLDER}, and RKE ${text} would fail on it after the wipe`,
    remedy: `on ${node}, as root: mv ${RESTORE_FOLDER} ${RESTORE_FOLDER}.old`,
  };
}

function withoutBundle({ text }: RkeVersion): Problem {
  return {
    message: `no etcd or control-plane host has ${BUNDLE}, the cluster's certificates, and RKE ${text} would fail without them after the restore`,
    remedy: `copy it onto an etcd host from where the snapshot was saved; where the cluster still runs, \`rke etcd snapshot-save\` writes it`,
  };
}

/** RKE saves a snapshot on each host by itself, within seconds: what differs by more is not one snapshot. */
const SAME_SAVE_MINUTES = 10;

/**
 * Which of several RKE restores everywhere is not for the operator to choose; so they must be one save. Where that
 * cannot be seen by their times, or RKE restores on each host what is there, they must be equal.
 */
function differences(readings: NodeReading[], rke: RkeVersion): Problem[] {
  const proven = readings.flatMap(({ node, proof }) =>
    proof && "snapshot" in proof ? [{ node, ...proof.snapshot }] : [],
  );
  const saves = [...Map.groupBy(proven, ({ content }) => content).values()].map((same) => ({
    nodes: same.map(({ node }) => node.name).join(", "),
    content: same[0]?.content ?? "",
    // A copy is younger than what it is a copy of.
    takenAt: same.flatMap(({ takenAt }) => takenAt ?? []).sort()[0],
  }));
  if (saves.length < 2 || (!isV01(rke) && areOneSave(saves))) return [];
  const who = saves.map(
    ({ nodes, takenAt, content }) =>
      `${nodes} (${takenAt ? `saved ${takenAt}` : "age unknown"}, sha256 ${content.slice(0, 12)}…)`,
  );
  // A pull replaces a whole snapshot only by one whose hash the operator gives.
  const meant = saves.map(({ nodes, content }) => `${content} (${nodes})`).join(" or ");
  const alone = isV01(rke) ? `, and RKE ${rke.text} restores on each node what is there` : "";
  return [
    {
      message: `the nodes hold different snapshots of this name${alone}: ${who.join(" against ")}`,
      remedy: setRemedy(
        `find out which one is meant: set snapshotSha256 to that one's, ${meant}, and snapshotSource to a node that has it`,
        "snapshotSource",
        `node:${proven[0]?.node.address}`,
      ),
    },
  ];
}

function areOneSave(saves: { takenAt: string | undefined }[]): boolean {
  const times = saves.map(({ takenAt }) => Date.parse(takenAt ?? ""));
  // Where a time is unknown, this is not a number.
  return (Math.max(...times) - Math.min(...times)) / 60_000 <= SAME_SAVE_MINUTES;
}
