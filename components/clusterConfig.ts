import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import type { EditInput, EditReport } from "../steps/editClusterFile.ts";
import type { ReplacementNode } from "./replacementNode.ts";
import { Step, type Timing } from "./step.ts";

export interface ClusterConfigArgs {
  settings: Settings;
  newNodes: ReplacementNode[];
  /** What must be done before. */
  after: pulumi.Resource[];
}

/** The runbook's edit of `rancher-cluster.yml`: the unresponsive nodes commented out, the new ones added. */
export class ClusterConfig extends pulumi.ComponentResource {
  readonly report: pulumi.Output<EditReport & Timing>;
  readonly step: pulumi.Resource;

  constructor(name: string, { settings, newNodes, after }: ClusterConfigArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rancher-rollback:index:ClusterConfig", name, {}, opts);
    const step = new Step(
      name,
      {
        settings,
        step: "edit-cluster-file",
        triggers: newNodes.flatMap(({ replaces, ran }) => [replaces, ran]),
        stdin: pulumi.all(newNodes.map(({ written }) => written)).apply((nodes) =>
          JSON.stringify({
            replacements: nodes.map((node, at) => ({
              unresponsive: settings.replacements[at]?.unresponsive ?? "",
              node,
            })),
          } satisfies EditInput),
        ),
      },
      { parent: this, dependsOn: after },
    );
    this.step = step;
    this.report = step.report<EditReport>();
    this.registerOutputs({ report: this.report });
  }
}
