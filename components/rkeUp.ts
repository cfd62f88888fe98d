import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import type { StepReport, Timing } from "../steps/contract.ts";
import { Step } from "./step.ts";

export interface RkeUpArgs {
  settings: Settings;
  /** The restore after which this must run. */
  after: pulumi.Input<string>;
}

/** What `rke up` did. */
export type RkeUpReport = StepReport<"rke-up">;

/** The runbook's `rke up`. */
export class RkeUp extends pulumi.ComponentResource {
  readonly report: pulumi.Output<RkeUpReport & Timing>;
  /** Changes whenever `rke up` has run. */
  readonly ran: pulumi.Output<string>;

  constructor(name: string, { settings, after }: RkeUpArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rancher-rollback:index:RkeUp", name, {}, opts);
    const step = new Step(
      name,
      {
        settings,
        step: "rke-up",
        input: { rke: settings.rke.path, silenceSeconds: settings.rke.silenceSeconds },
        triggers: [after],
      },
      { parent: this },
    );
    this.report = step.report();
    this.ran = step.ran;
    this.registerOutputs({ report: this.report });
  }
}
