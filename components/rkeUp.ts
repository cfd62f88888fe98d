import * as pulumi from "@pulumi/pulumi";
import { upCommand } from "../cluster/rke/commandLine.ts";
import type { Settings } from "../settings/settings.ts";
import { Step, type Timing } from "./step.ts";

export interface RkeUpArgs {
  settings: Settings;
  /** The restore after which this must run. */
  after: pulumi.Input<string>;
}

/** What `rke up` did. */
export interface RkeUpReport {
  rke: string;
  warnings: number;
  /** Path of RKE's log on the operator's machine. */
  log: string;
}

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
        step: "rke",
        options: { "silence-seconds": String(settings.rke.silenceSeconds) },
        rest: upCommand(settings.rke.path, settings.cluster.path),
        triggers: [after],
      },
      { parent: this },
    );
    this.report = step.report<RkeUpReport>();
    this.ran = step.ran;
    this.registerOutputs({ report: this.report });
  }
}
