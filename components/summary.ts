import type { RestoreWay } from "./choices.ts";
import type { RollbackReport } from "./rancherRollback.ts";

/**
 * What a rollback did, as far as every language of Pulumi's has types for it. Interfaces, as Pulumi's analyzer reads no
 * other types of objects.
 */
export interface RollbackSummary {
  /** The snapshot that was restored. */
  snapshot: string;
  /** The machines that took a node's place. */
  replacements: ReplacedNode[];
  /** The way back; absent where the rollback went without one. */
  safetyCopy?: SavedCopy;
  restore: RestoreSummary;
  verification: VerificationSummary;
}

/** When a step ran. */
export interface Timed {
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601. */
  finishedAt: string;
  seconds: number;
}

export interface ReplacedNode extends Timed {
  node: string;
  address: string;
}

export interface SavedCopy {
  /** The name by which it is restored, as a snapshot. */
  name: string;
  /** The etcd nodes that have it. */
  nodes: string[];
  bytes: number;
  sha256: string;
  /** Where the machine that ran the rollback keeps the cluster file, RKE's state, the kubeconfig and the Rancher Deployment. */
  folder: string;
  /** The image that Rancher had. */
  rancherImage: string;
}

export interface RestoreSummary extends Timed {
  /** How etcd was restored; absent where an earlier release did it. */
  way?: RestoreWay;
  /** When the cluster was wiped, or its data exchanged, ISO 8601; absent where that is not known. */
  wipedAt?: string;
  /** RKE's version. */
  rke: string;
  /** Path of RKE's log; absent where RKE did not restore. */
  log?: string;
  /** What each etcd host keeps of the old data; absent where it was wiped. */
  oldData?: KeptData;
}

export interface KeptData {
  path: string;
  /** When a later restore in place may delete it, ISO 8601. */
  until: string;
}

export interface VerificationSummary extends Timed {
  rancherVersion: string;
  /** The image that Rancher has. */
  image: string;
  /** By the API server; absent where it did not say. */
  kubernetesVersion?: string;
  nodesReady: number;
  etcdMembers: number;
}

export function summaryOf(report: RollbackReport): RollbackSummary {
  const { snapshot, replacements, safetyCopy, restore, verification } = report;
  const { way, wipedAt, rke, log, oldData } = restore;
  const { rancherVersion, image, kubernetesVersion, nodesReady, etcdMembers } = verification;
  return {
    snapshot,
    replacements: replacements.map((one) => ({ node: one.node, address: one.address, ...timesOf(one) })),
    ...(safetyCopy && { safetyCopy: savedCopy(safetyCopy) }),
    restore: {
      ...(way && { way }),
      ...(wipedAt !== undefined && { wipedAt }),
      rke,
      ...(log !== undefined && { log }),
      ...(oldData && { oldData: { path: oldData.path, until: oldData.until } }),
      ...timesOf(restore),
    },
    verification: {
      rancherVersion,
      image,
      ...(kubernetesVersion !== undefined && { kubernetesVersion }),
      nodesReady,
      etcdMembers,
      ...timesOf(verification),
    },
  };
}

function timesOf({ startedAt, finishedAt, seconds }: Timed): Timed {
  return { startedAt, finishedAt, seconds };
}

function savedCopy({ name, nodes, bytes, sha256, folder, rancherImage }: SavedCopy): SavedCopy {
  return { name, nodes, bytes, sha256, folder, rancherImage };
}
