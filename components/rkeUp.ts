import * as pulumi from "@pulumi/pulumi";
import { typeToken } from "../messages/steps.ts";
import type { Settings } from "../settings/settings.ts";
import type { StepInput, StepReport, Timing } from "../steps/contract.ts";
import { Step } from "./step.ts";

export interface RkeUpArgs {
  settings: Settings;
  /** The step after whose run this must run, by the time at which that has run. */
  after: pulumi.Input<string>;
  /** Whether it is this step's turn, and what must be so afterwards. */
  input: pulumi.Input<Pick<StepInput<"rke-up">, "skip" | "verify">>;
  /** What must be done before, without making this run again. */
  dependsOn?: pulumi.Resource[];
}

/** What `rke up` did. */
export type RkeUpReport = StepReport<"rke-up">;

/**
 * The runbook's `rke up`. A rollback has two of these: one in the runbook's place, which runs unless the restore has built
 * the cluster by itself, and one after the verification, which runs where the first has not. So the triggers of the steps
 * in between are the same in either order, and neither another order nor an upgrade of this program runs them again.
 */
export class RkeUp extends pulumi.ComponentResource {
  readonly report: pulumi.Output<RkeUpReport & Timing>;
  readonly step: Step<"rke-up">;
  /** Changes whenever `rke up` has run, or it was not its turn. */
  readonly ran: pulumi.Output<string>;

  constructor(
    name: string,
    { settings, after, input, dependsOn = [] }: RkeUpArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(typeToken("RkeUp"), name, {}, opts);
    const { path, silenceSeconds } = settings.rke;
    this.step = new Step(
      name,
      {
        settings,
        step: "rke-up",
        input: pulumi.output(input).apply((turn) => ({ rke: path, silenceSeconds, ...turn })),
        triggers: [after],
      },
      { parent: this, dependsOn },
    );
    this.report = this.step.report();
    this.ran = this.step.ran;
    this.registerOutputs({ report: this.report });
  }
}
