import type { ClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import type { Replacement } from "../cluster/clusterFile/replacement.ts";
import type { RestoreWith } from "../cluster/inPlace/way.ts";
import type { Notice, Problem } from "../cluster/problem.ts";
import type { RkeVersion } from "../cluster/rke/version.ts";
import type { SnapshotSource } from "../cluster/snapshot/source.ts";

/** What the operator asked for, checked against the cluster file, RKE and this machine. */
export interface Settings {
  /** The snapshot's name as RKE wants it. */
  snapshot: string;
  /** Counts the rollbacks to one and the same snapshot; raising it is how the operator asks for another. */
  run: number;
  /** The snapshot's name once more: the operator's word that what came after it may be lost (design law 5). */
  acceptDataLossOf?: string;
  /** Names or ids of downstream clusters that may lose data by what the preview names. */
  acceptHazardsOf: string[];
  /** The version once more, where the snapshot holds another one. */
  acceptRancherVersion?: string;
  readCluster: boolean;
  /** Whether a copy of what is wiped is saved before (design law 4). */
  safetyCopy: boolean;
  restoreWith: RestoreWith;
  /** How long a restore in place keeps the old data, days. */
  keepOldDataDays: number;
  breakLockOf?: string;
  /** With the nodes as they will be: those that are gone are replaced. */
  cluster: ClusterFile;
  replacements: Replacement[];
  /** What the replacements change in the cluster file, as a diff without secrets; empty when nothing. */
  clusterFileDiff: string;
  /** The version that the cluster has, such as `v1.20.15-rancher2-2`; always known where a node is replaced. */
  kubernetesVersion?: string;
  /** Where an etcd node without the snapshot gets it from. A secret as a whole. */
  source?: SnapshotSource;
  snapshotSha256?: string;
  rke: {
    path: string;
    version: RkeVersion;
    silenceSeconds: number;
    /** What it installs, as the cluster file names no version; absent where that does, or RKE does not say. */
    defaultKubernetes?: string;
  };
  rancher: {
    namespace: string;
    deployment: string;
    container: string;
    /** The image without its tag. */
    repository: string;
    /** With its tag. */
    image: string;
    version: string;
    url: string;
    caFile?: string;
  };
  restartOrder: "parallel" | "rolling";
  /** Whether what has started on the restored data is restarted all the same. */
  restarts: "auto" | "always";
  /** Whether `rke up` waits until Rancher serves, where the restore has built the cluster by itself. */
  rkeUp: "last" | "first";
  hostKeys: { knownHostsFile?: string; allowUnknown: boolean };
  /** How long a restart of one node, the Kubernetes API and the verification may each take. */
  waitSeconds: number;
  /** Whom `rancher-rollback` tells how a run goes. A secret: who has the address can write to it. */
  webhook?: string;
  /** What the operator should know about what was typed: what is taken differently, or known to go wrong. */
  notes: Notice[];
}

/** Settings of a command that rolls nothing back: snapshot and Rancher version need not be known. */
export interface ClusterSettings extends Omit<Settings, "snapshot" | "rancher"> {
  snapshot?: string;
  rancher: Omit<Settings["rancher"], "image" | "version">;
}

/** A setting that is wrong. The message begins with its key, the remedy is an example to type. */
export interface Mistake extends Problem {
  key: string;
}

/** All mistakes at once; messages/refusal.ts makes the text of them. */
export class SettingsError extends Error {
  readonly mistakes: Mistake[];
  constructor(mistakes: Mistake[]) {
    super(mistakes.map(({ message }) => message).join("; "));
    this.mistakes = mistakes;
  }
}
