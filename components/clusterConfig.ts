import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import { OneStep } from "./oneStep.ts";
import type { ReplacementNode } from "./replacementNode.ts";
import type { After } from "./step.ts";

interface ClusterConfigArgs extends After {
  settings: Settings;
  newNodes: ReplacementNode[];
}

/** The runbook's edit of `rancher-cluster.yml`: the unresponsive nodes commented out, the new ones added. @internal */
export class ClusterConfig extends OneStep<"edit-cluster-file"> {
  constructor(name: string, { settings, newNodes, after }: ClusterConfigArgs, opts?: pulumi.ComponentResourceOptions) {
    const input = pulumi.all(newNodes.map(({ written }) => written)).apply((nodes) => ({
      replacements: nodes.map((node, at) => ({
        unresponsive: settings.replacements[at]?.unresponsive ?? "",
        node,
      })),
    }));
    const triggers = newNodes.flatMap(({ replaces, ran }) => [replaces, ran]);
    super("ClusterConfig", name, { settings, step: "edit-cluster-file", triggers, input, after }, opts);
  }
}
