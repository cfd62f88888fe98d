import * as pulumi from "@pulumi/pulumi";
import { etcdNodes } from "../cluster/clusterFile/clusterFile.ts";
import type { SnapshotSource } from "../cluster/snapshot/source.ts";
import type { Settings } from "../settings/settings.ts";
import type { PullInput } from "../steps/pullSnapshot.ts";
import type { ReplacementNode } from "./replacementNode.ts";
import { Step, type Timing } from "./step.ts";

export interface SnapshotPullsArgs {
  settings: Settings;
  source: SnapshotSource;
  /** The machines that take a node's place, by the node's name. */
  newNodes: Map<string, ReplacementNode>;
  /** What must be done before. */
  after: pulumi.Resource[];
}

/** The snapshot on a node. */
export interface SnapshotPullReport {
  node: string;
  /** False where the node had it already. */
  fetched: boolean;
  /** Its file in /opt/rke/etcd-snapshots. */
  file: string;
  bytes: number;
  sha256: string;
  /** Files of that name that were no such snapshot, by the names under which they are kept. */
  kept: string[];
}

/** The runbook's "pull snapshot", onto every etcd node that lacks it, all at once. */
export class SnapshotPulls extends pulumi.ComponentResource {
  readonly steps: pulumi.Resource[];
  readonly reports: pulumi.Output<(SnapshotPullReport & Timing)[]>;

  constructor(name: string, args: SnapshotPullsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rancher-rollback:index:SnapshotPulls", name, {}, opts);
    const { settings, source, newNodes, after } = args;
    const { snapshot, snapshotSha256, cluster, waitSeconds } = settings;
    const steps = etcdNodes(cluster).map((node) => {
      const made = newNodes.get(node.name);
      return new Step(
        `${name}-${node.name}`,
        {
          settings,
          step: "pull-snapshot",
          options: { snapshot, "timeout-seconds": String(waitSeconds) },
          triggers: [`snapshot ${snapshot}`, ...(made ? [made.ran] : [])],
          // A source can hold keys, and a node can hold one.
          stdin: pulumi.secret(
            pulumi.output(made?.node ?? node).apply((login) =>
              JSON.stringify({
                node: login,
                source,
                ...(snapshotSha256 && { sha256: snapshotSha256 }),
              } satisfies PullInput),
            ),
          ),
        },
        { parent: this, dependsOn: after },
      );
    });
    this.steps = steps;
    this.reports = pulumi.all(steps.map((step) => step.report<SnapshotPullReport>()));
    this.registerOutputs({ reports: this.reports });
  }
}
