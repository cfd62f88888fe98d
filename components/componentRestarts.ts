import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import { Step, type Timing } from "./step.ts";

export interface ComponentRestartsArgs {
  settings: Settings;
  /** The `rke up` after which this must run. */
  after: pulumi.Input<string>;
}

/** What was restarted on a node. */
export interface RestartReport {
  node: string;
  /** The node's own clock when the restart began, ISO 8601. */
  clock: string;
  /** Names of the containers. */
  restarted: string[];
  /** Names of Rancher's own containers, which kubelet starts anew where their pods are still wanted. */
  stopped: string[];
}

/** The runbook's restart of the Kubernetes and network components, and of Rancher: every node at once, or node after node. */
export class ComponentRestarts extends pulumi.ComponentResource {
  readonly reports: pulumi.Output<(RestartReport & Timing)[]>;
  /** Changes whenever the components of any node were restarted. */
  readonly ran: pulumi.Output<string>;

  constructor(name: string, { settings, after }: ComponentRestartsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rancher-rollback:index:ComponentRestarts", name, {}, opts);
    const steps: Step[] = [];
    const { namespace, deployment, container } = settings.rancher;
    for (const node of settings.cluster.nodes) {
      const before = settings.restartOrder === "rolling" ? steps.slice(-1) : [];
      steps.push(
        new Step(
          `${name}-${node.name}`,
          {
            settings,
            step: "restart",
            options: { node: node.name, "timeout-seconds": String(settings.waitSeconds) },
            rest: [namespace, deployment, container],
            triggers: [after],
          },
          { parent: this, dependsOn: before },
        ),
      );
    }
    this.reports = pulumi.all(steps.map((step) => step.report<RestartReport>()));
    this.ran = pulumi.all(steps.map((step) => step.ran)).apply((times) => times.join(" "));
    this.registerOutputs({ reports: this.reports });
  }
}
