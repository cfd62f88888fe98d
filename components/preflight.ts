import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import type { StepInput, StepReport, Timing } from "../steps/contract.ts";
import { Step } from "./step.ts";

export interface PreflightArgs {
  settings: Settings;
  input: StepInput<"preflight">;
  /** The restore's. */
  triggers: pulumi.Input<string>[];
  /** What must be done before. */
  after: pulumi.Resource[];
}

/** The proven snapshot, on each etcd node. */
export type PreflightReport = StepReport<"preflight">;

/** Proof before destruction (design law 3): nothing is wiped on faith. */
export class Preflight extends pulumi.ComponentResource {
  readonly report: pulumi.Output<PreflightReport & Timing>;
  readonly step: pulumi.Resource;

  constructor(name: string, args: PreflightArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rancher-rollback:index:Preflight", name, {}, opts);
    const { settings, input, triggers, after } = args;
    const step = new Step(
      name,
      {
        settings,
        step: "preflight",
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
