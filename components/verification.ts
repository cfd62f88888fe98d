import * as pulumi from "@pulumi/pulumi";
import type { RancherEvidence } from "../cluster/rancher/problems.ts";
import type { Settings } from "../settings/settings.ts";
import type { VerifyInput } from "../steps/verify.ts";
import type { RestartReport } from "./componentRestarts.ts";
import { Step, type Timing } from "./step.ts";

export interface VerificationArgs {
  settings: Settings;
  /** What was restarted when, on each node. */
  restarts: pulumi.Input<RestartReport[]>;
  /** The setting of the image after which this must run. */
  after: pulumi.Input<string>;
}

/** What was verified. */
export interface VerificationReport {
  verified: true;
  nodesReady: number;
  etcdMembers: number;
  /** The version of Rancher that runs, serves and leads. */
  rancherVersion: string;
  rancherEvidence: RancherEvidence;
  /** Such as `v1.20.15`, by the API server; absent where it did not say. */
  kubernetesVersion?: string;
  image: string;
}

/** The runbook's "confirm that the rollback succeeded", and all that the runbook leaves out (design law 9). */
export class Verification extends pulumi.ComponentResource {
  readonly report: pulumi.Output<VerificationReport & Timing>;
  /** Changes whenever the verification has passed. */
  readonly ran: pulumi.Output<string>;

  constructor(name: string, { settings, restarts, after }: VerificationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rancher-rollback:index:Verification", name, {}, opts);
    const step = new Step(
      name,
      {
        settings,
        step: "verify",
        options: { "timeout-seconds": String(settings.waitSeconds) },
        triggers: [after],
        stdin: pulumi.output(restarts).apply((reports) => JSON.stringify(verifyInput(settings, reports))),
      },
      { parent: this },
    );
    this.report = step.report<VerificationReport>();
    this.ran = step.ran;
    this.registerOutputs({ report: this.report });
  }
}

function verifyInput({ rancher }: Settings, restarts: RestartReport[]): VerifyInput {
  return { rancher, restartedAt: Object.fromEntries(restarts.map(({ node, clock }) => [node, clock])) };
}
