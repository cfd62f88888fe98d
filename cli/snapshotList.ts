import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { nodeText } from "../cluster/clusterFile/node.ts";
import { existingEtcdNodes } from "../cluster/clusterFile/replacement.ts";
import { orUnreachable, ssh } from "../cluster/node/ssh.ts";
import type { Inspection } from "../cluster/opened/inspection.ts";
import type { OpenableCopy } from "../cluster/opened/openOnFirst.ts";
import type { ProvenSnapshot } from "../cluster/opened/provenSnapshots.ts";
import type { Problem } from "../cluster/problem.ts";
import { namesSnapshotsWithoutZip } from "../cluster/rke/version.ts";
import {
  LIST_SCRIPT,
  type ListedFile,
  type ListedSnapshot,
  listedSnapshots,
  parseList,
} from "../cluster/snapshot/list.ts";
import { type ProofReport, parseProof } from "../cluster/snapshot/proof.ts";
import type { Settings } from "../settings/settings.ts";

type SnapshotCluster = Pick<Settings, "cluster" | "replacements" | "hostKeys" | "rke">;

/** The snapshots on the etcd hosts, and the hosts that could not be asked. */
interface SnapshotList {
  snapshots: ListedSnapshot[];
  asked: string[];
  unread: { node: string; problem: Problem }[];
}

export async function listSnapshots(settings: SnapshotCluster): Promise<SnapshotList> {
  const hosts = await Promise.all(existingEtcdNodes(settings).map((node) => filesOf(node, settings)));
  const read = hosts.flatMap(({ node, files }) => ("unreachable" in files ? [] : [{ node, files }]));
  return {
    snapshots: listedSnapshots(read, { rkeReadsZips: namesSnapshotsWithoutZip(settings.rke.version) }),
    asked: read.map(({ node }) => node),
    unread: hosts.flatMap(({ node, files }) => ("unreachable" in files ? [{ node, problem: files.unreachable }] : [])),
  };
}

/** The one that the operator named, by its file's name as well. */
export function snapshotNamed(all: ListedSnapshot[], typed: string): ListedSnapshot | undefined {
  return all.find(({ name }) => name === typed) ?? all.find(({ name }) => `${name}.zip` === typed);
}

async function filesOf(node: ClusterNode, { hostKeys }: SnapshotCluster) {
  const asked = ssh({ node, script: LIST_SCRIPT, hostKeys, timeoutSeconds: 60 });
  const files = await orUnreachable(asked.then((printed): ListedFile[] => parseList(printed, Date.now())));
  return { node: node.name, files };
}

/** What a script that proves a copy on a host says; why not names the host. */
export async function proofOn(node: ClusterNode, asked: Promise<string>): Promise<ProofReport> {
  const proof = await orUnreachable(asked.then(parseProof));
  if ("unreachable" in proof) return { failed: proof.unreachable };
  if (!("failed" in proof)) return proof;
  return { failed: { ...proof.failed, message: `${nodeText(node)}: ${proof.failed.message}` } };
}

/** The copies of a snapshot that can be opened. */
export function openableCopies(settings: SnapshotCluster, { copies }: ListedSnapshot): OpenableCopy[] {
  return existingEtcdNodes(settings).flatMap((node) => {
    const file = copies.find((copy) => copy.node === node.name)?.file;
    return file?.unpacked === undefined ? [] : [{ node, file: file.file, bytes: file.unpacked }];
  });
}

/** What is remembered of a snapshot that was opened and compared with the cluster: the proof of the copy that was opened. */
export function proofByOpening(
  by: ProvenSnapshot["by"],
  name: string,
  { on, holds }: Inspection,
  copies: OpenableCopy[],
): ProvenSnapshot {
  const unpacked = copies.find(({ node }) => node.name === on)?.bytes ?? 0;
  const when = { at: new Date().toISOString(), ...(holds.takenAt !== undefined && { takenAt: holds.takenAt }) };
  return { name, how: "opened", by, ...when, compared: true, nodes: [on], unpacked, holds };
}

export function openedText({ on, keys, holds, problems }: Inspection): string {
  const { rancher = "unknown", kubernetes = "unknown", clusterUid } = holds;
  const ofUnknown = clusterUid === undefined && problems.length === 0;
  const which = ofUnknown
    ? "; its cluster cannot be compared: the uid of its namespace kube-system cannot be read"
    : "";
  return `opened on ${on}: ${keys} keys, Rancher ${rancher}, Kubernetes ${kubernetes}${which}`;
}
