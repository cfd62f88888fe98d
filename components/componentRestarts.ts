import * as pulumi from "@pulumi/pulumi";
import { typeToken } from "../messages/steps.ts";
import type { Settings } from "../settings/settings.ts";
import type { StepReport, Timing } from "../steps/contract.ts";
import { Step } from "./step.ts";

export interface ComponentRestartsArgs {
  settings: Settings;
  /** The restore on whose data everything must have started. */
  restore: pulumi.Input<Pick<StepReport<"restore">, "wipedAt" | "bumped">>;
  /** The `rke up` in the runbook's place, after which this must run. */
  after: pulumi.Input<string>;
}

/** What was restarted on a node. */
export type RestartReport = StepReport<"restart">;

/**
 * The runbook's restart of the Kubernetes and network components, and of Rancher, as far as it is needed: every node at
 * once, or node after node.
 */
export class ComponentRestarts extends pulumi.ComponentResource {
  readonly reports: pulumi.Output<(RestartReport & Timing)[]>;
  /** Changes whenever the components of any node were restarted. */
  readonly ran: pulumi.Output<string>;

  constructor(
    name: string,
    { settings, restore, after }: ComponentRestartsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(typeToken("ComponentRestarts"), name, {}, opts);
    const steps: Step<"restart">[] = [];
    const { namespace, deployment, container } = settings.rancher;
    for (const node of settings.cluster.nodes) {
      const before = settings.restartOrder === "rolling" ? steps.slice(-1) : [];
      steps.push(
        new Step(
          `${name}-${node.name}`,
          {
            settings,
            step: "restart",
            input: pulumi.output(restore).apply(({ wipedAt, bumped }) => ({
              ...{ node: node.name, rancher: { namespace, deployment, container } },
              ...{ restarts: settings.restarts, timeoutSeconds: settings.waitSeconds },
              ...(wipedAt !== undefined && { wipedAt }),
              ...(bumped && { bumped }),
            })),
            triggers: [after],
          },
          { parent: this, dependsOn: before },
        ),
      );
    }
    this.reports = pulumi.all(steps.map((step) => step.report()));
    this.ran = pulumi.all(steps.map((step) => step.ran)).apply((times) => times.join(" "));
    this.registerOutputs({ reports: this.reports });
  }
}
