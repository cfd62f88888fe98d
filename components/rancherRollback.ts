import * as pulumi from "@pulumi/pulumi";
import type { SnapshotSource } from "../rke/snapshotSource.ts";
import type { Settings } from "../settings.ts";
import type { EditReport } from "../steps/editClusterFile.ts";
import { ClusterConfig } from "./clusterConfig.ts";
import { ComponentRestarts, type RestartReport } from "./componentRestarts.ts";
import { EtcdRestore, type EtcdRestoreReport } from "./etcdRestore.ts";
import { RancherImage, type RancherImageReport } from "./rancherImage.ts";
import { ReplacementNode, type ReplacementNodeReport } from "./replacementNode.ts";
import { RkeUp, type RkeUpReport } from "./rkeUp.ts";
import { type SnapshotPullReport, SnapshotPulls } from "./snapshotPulls.ts";
import type { Timing } from "./step.ts";
import { Verification, type VerificationReport } from "./verification.ts";

export interface RancherRollbackArgs {
  settings: Settings;
  /** Where the announcement of what will be destroyed goes. */
  announce: (text: string) => void;
}

/** What a rollback did and how long each step took. */
export interface RollbackReport {
  snapshot: string;
  /** The machines that took a node's place. */
  replacements: (ReplacementNodeReport & Timing)[];
  /** The snapshot on each etcd node; none where no source was given. */
  pulls: (SnapshotPullReport & Timing)[];
  /** The edit of the cluster file, where a node was replaced. */
  clusterFile: (EditReport & Timing) | undefined;
  restore: EtcdRestoreReport & Timing;
  rkeUp: RkeUpReport & Timing;
  restarts: (RestartReport & Timing)[];
  image: RancherImageReport & Timing & { image: string };
  verification: VerificationReport & Timing;
}

/** The whole road, in the runbook's order. Each step runs again when the step before it has. */
export class RancherRollback extends pulumi.ComponentResource {
  readonly report: pulumi.Output<RollbackReport>;

  constructor(name: string, { settings, announce }: RancherRollbackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rancher-rollback:index:RancherRollback", name, {}, opts);
    const child = { parent: this };
    const newNodes = settings.replacements.map(
      (replacement) => new ReplacementNode(`replacement-${replacement.node.name}`, { settings, replacement }, child),
    );
    const pulls = settings.source && this.pull(settings.source, settings, newNodes);
    const config =
      newNodes.length > 0
        ? new ClusterConfig("cluster-config", { settings, newNodes, after: pulls?.steps ?? [] }, child)
        : undefined;
    const restore = new EtcdRestore(
      "etcd-restore",
      {
        settings,
        announce,
        replaces: newNodes.map(({ replaces }) => replaces),
        after: [...(pulls?.steps ?? []), ...(config ? [config.step] : [])],
      },
      child,
    );
    const up = new RkeUp("rke-up", { settings, after: restore.ran }, child);
    const restarts = new ComponentRestarts("restart", { settings, after: up.ran }, child);
    const image = new RancherImage("rancher-image", { settings, after: restarts.ran }, child);
    const verification = new Verification(
      "verification",
      { settings, restarts: restarts.reports, after: image.ran },
      child,
    );

    this.report = pulumi.output({
      snapshot: settings.snapshot,
      replacements: newNodes.map(({ report }) => report),
      pulls: pulls?.reports ?? [],
      clusterFile: config?.report,
      restore: restore.report,
      rkeUp: up.report,
      restarts: restarts.reports,
      image: pulumi.all([image.report, image.image]).apply(([waited, set]) => ({ ...waited, image: set })),
      verification: verification.report,
    });
    this.registerOutputs({ report: this.report });
  }

  private pull(source: SnapshotSource, settings: Settings, newNodes: ReplacementNode[]): SnapshotPulls {
    const byName = new Map(settings.replacements.map(({ node }, at) => [node.name, newNodes[at] as ReplacementNode]));
    return new SnapshotPulls("snapshot", { settings, source, newNodes: byName }, { parent: this });
  }
}
