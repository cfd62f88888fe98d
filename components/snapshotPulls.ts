import * as pulumi from "@pulumi/pulumi";
import { etcdNodes } from "../cluster/clusterFile/node.ts";
import type { SnapshotSource } from "../cluster/snapshot/source.ts";
import { typeToken } from "../messages/steps.ts";
import type { Settings } from "../settings/settings.ts";
import type { StepReport, Timing } from "../steps/contract.ts";
import type { RestoreHooks } from "./announcement.ts";
import type { ReplacementNode } from "./replacementNode.ts";
import { type After, Step } from "./step.ts";

interface SnapshotPullsArgs extends After {
  settings: Settings;
  source: SnapshotSource;
  /** The machines that take a node's place, by the node's name. */
  newNodes: Map<string, ReplacementNode>;
  hooks: Pick<RestoreHooks, "pullHook">;
}

/**
 * The runbook's "pull snapshot", onto every etcd node that lacks it, all at once. Another source runs none of them again:
 * what an earlier run has fetched is a whole snapshot of the name that is asked for, which no pull would replace unless its
 * hash is given, and what is restored is proven on every host when it is restored, against `snapshotSha256` where that is
 * set. The plan says that the source is not asked, and refuses where a host lacks the snapshot nevertheless. @internal
 */
export class SnapshotPulls extends pulumi.ComponentResource {
  readonly steps: pulumi.Resource[];
  readonly reports: pulumi.Output<(StepReport<"pull-snapshot"> & Timing)[]>;

  constructor(name: string, args: SnapshotPullsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(typeToken("SnapshotPulls"), name, {}, opts);
    const { settings, source, newNodes, after, hooks } = args;
    const { snapshot, snapshotSha256, run, cluster, waitSeconds, rke, replacements } = settings;
    const steps = etcdNodes(cluster).map((node) => {
      const made = newNodes.get(node.name);
      const isNew = replacements.some((one) => one.node.name === node.name && !one.isInFile);
      const urn = Promise.withResolvers<string>();
      const step = new Step(
        `${name}-${node.name}`,
        {
          settings,
          step: "pull-snapshot",
          // Frozen, as in restoreTriggers: another word would fetch the snapshot again for every stack there is.
          triggers: [`snapshot ${snapshot}`, ...(made ? [made.ran] : [])],
          // A source can hold keys, and a node can hold one.
          input: pulumi.secret(
            pulumi.output(made?.node ?? node).apply((login) => ({
              node: login,
              source,
              snapshot,
              run,
              rkeVersion: rke.version,
              timeoutSeconds: waitSeconds,
              ...(snapshotSha256 && { sha256: snapshotSha256 }),
              ...(isNew && { isNew }),
            })),
          ),
        },
        { parent: this, dependsOn: after, hooks: { beforeCreate: [hooks.pullHook(node.name, urn.promise)] } },
      );
      step.urn.apply(urn.resolve);
      return step;
    });
    this.steps = steps;
    this.reports = pulumi.all(steps.map((step) => step.report()));
    this.registerOutputs({ reports: this.reports });
  }
}
