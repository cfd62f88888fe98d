import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import type { StepInput, StepReport, Timing } from "../steps/contract.ts";
import { Step } from "./step.ts";

export interface SafetyCopyArgs {
  settings: Settings;
  input: StepInput<"safety-copy">;
  /** The restore's. */
  triggers: pulumi.Input<string>[];
  /** What must be done before. */
  after: pulumi.Resource[];
}

/** The way back (design law 4): what the cluster is right before the wipe. */
export class SafetyCopy extends pulumi.ComponentResource {
  readonly report: pulumi.Output<StepReport<"safety-copy"> & Timing>;
  readonly step: pulumi.Resource;

  constructor(name: string, args: SafetyCopyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rancher-rollback:index:SafetyCopy", name, {}, opts);
    const { settings, input, triggers, after } = args;
    const step = new Step(
      name,
      {
        settings,
        step: "safety-copy",
        input,
        triggers,
      },
      { parent: this, dependsOn: after },
    );
    this.step = step;
    this.report = step.report();
    this.registerOutputs({ report: this.report });
  }
}
