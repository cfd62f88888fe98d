import * as pulumi from "@pulumi/pulumi";
import { typeToken } from "../messages/steps.ts";
import type { Settings } from "../settings/settings.ts";
import type { NodeRestart, StepInput, StepReport, Timing } from "../steps/contract.ts";
import { Step } from "./step.ts";

export interface VerificationArgs {
  settings: Settings;
  /** What was restarted when, on each node. */
  restarts: pulumi.Input<NodeRestart[]>;
  /** The setting of the image after which this must run. */
  after: pulumi.Input<string>;
}

/** What was verified. */
export type VerificationReport = StepReport<"verify">;

/** The runbook's "confirm that the rollback succeeded", and all that the runbook leaves out (design law 9). */
export class Verification extends pulumi.ComponentResource {
  readonly report: pulumi.Output<VerificationReport & Timing>;
  /** Changes whenever the verification has passed. */
  readonly ran: pulumi.Output<string>;
  readonly step: Step<"verify">;

  constructor(name: string, { settings, restarts, after }: VerificationArgs, opts?: pulumi.ComponentResourceOptions) {
    super(typeToken("Verification"), name, {}, opts);
    this.step = new Step(
      name,
      {
        settings,
        step: "verify",
        input: pulumi.output(restarts).apply((reports) => verifyInput(settings, reports)),
        triggers: [after],
      },
      { parent: this },
    );
    this.report = this.step.report();
    this.ran = this.step.ran;
    this.registerOutputs({ report: this.report });
  }
}

/** What must be so once everything has been restarted that had to be. */
export function verifyInput({ rancher, waitSeconds }: Settings, restarts: NodeRestart[]): StepInput<"verify"> {
  return {
    rancher,
    timeoutSeconds: waitSeconds,
    restarts: Object.fromEntries(
      restarts.map(({ node, clock, since, ranThrough }) => [node, { clock, since, ...(ranThrough && { ranThrough }) }]),
    ),
  };
}
