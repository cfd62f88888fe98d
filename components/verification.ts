import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import type { NodeRestart, StepInput } from "../steps/contract.ts";
import { OneStep } from "./oneStep.ts";

interface VerificationArgs {
  settings: Settings;
  /** What was restarted when, on each node. */
  restarts: pulumi.Input<NodeRestart[]>;
  /** The setting of the image after which this must run. */
  after: pulumi.Input<string>;
}

/** The runbook's "confirm that the rollback succeeded", and all that the runbook leaves out (design law 9). @internal */
export class Verification extends OneStep<"verify"> {
  constructor(name: string, { settings, restarts, after }: VerificationArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "Verification",
      name,
      {
        settings,
        step: "verify",
        input: pulumi.output(restarts).apply((reports) => verifyInput(settings, reports)),
        triggers: [after],
        after: [],
      },
      opts,
    );
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
