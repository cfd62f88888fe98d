import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import type { StepReport, Timing } from "../steps/contract.ts";
import type { ReplacementNode } from "./replacementNode.ts";
import { Step } from "./step.ts";

export interface ClusterConfigArgs {
  settings: Settings;
  newNodes: ReplacementNode[];
  /** What must be done before. */
  after: pulumi.Resource[];
}

/** The runbook's edit of `rancher-cluster.yml`: the unresponsive nodes commented out, the new ones added. */
export class ClusterConfig extends pulumi.ComponentResource {
  readonly report: pulumi.Output<StepReport<"edit-cluster-file"> & Timing>;
  readonly step: pulumi.Resource;

  constructor(name: string, { settings, newNodes, after }: ClusterConfigArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rancher-rollback:index:ClusterConfig", name, {}, opts);
    const step = new Step(
      name,
      {
        settings,
        step: "edit-cluster-file",
        triggers: newNodes.flatMap(({ replaces, ran }) => [replaces, ran]),
        input: pulumi.all(newNodes.map(({ written }) => written)).apply((nodes) => ({
          replacements: nodes.map((node, at) => ({
            unresponsive: settings.replacements[at]?.unresponsive ?? "",
            node,
          })),
        })),
      },
      { parent: this, dependsOn: after },
    );
    this.step = step;
    this.report = step.report();
    this.registerOutputs({ report: this.report });
  }
}
