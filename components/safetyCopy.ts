import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import type { SafetyCopyInput, SafetyCopyReport } from "../steps/safetyCopy.ts";
import { Step, type Timing } from "./step.ts";

export interface SafetyCopyArgs {
  settings: Settings;
  /** The restore's. */
  triggers: pulumi.Input<string>[];
  /** Names of the etcd hosts that have data. */
  hosts: string[];
  /** What must be done before. */
  after: pulumi.Resource[];
}

/** The way back (design law 4): what the cluster is right before the wipe. */
export class SafetyCopy extends pulumi.ComponentResource {
  readonly report: pulumi.Output<SafetyCopyReport & Timing>;
  readonly step: pulumi.Resource;

  constructor(name: string, args: SafetyCopyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rancher-rollback:index:SafetyCopy", name, {}, opts);
    const { settings, triggers, hosts, after } = args;
    const { namespace, deployment, container } = settings.rancher;
    const step = new Step(
      name,
      {
        settings,
        step: "safety-copy",
        options: { "timeout-seconds": String(settings.waitSeconds) },
        triggers,
        stdin: JSON.stringify({ hosts, rancher: { namespace, deployment, container } } satisfies SafetyCopyInput),
      },
      { parent: this, dependsOn: after },
    );
    this.step = step;
    this.report = step.report<SafetyCopyReport>();
    this.registerOutputs({ report: this.report });
  }
}
