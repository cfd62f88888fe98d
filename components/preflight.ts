import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import type { PreflightInput } from "../steps/preflight.ts";
import { Step, type Timing } from "./step.ts";

export interface PreflightArgs {
  settings: Settings;
  /** The restore's. */
  triggers: pulumi.Input<string>[];
  /** What must be done before. */
  after: pulumi.Resource[];
}

/** The proven snapshot, on each etcd node. */
export interface PreflightReport {
  /** What etcd itself read in it, where there was one to ask. */
  etcd?: { revision: number; keys: number };
  nodes: { node: string; file: string; bytes: number; sha256: string }[];
}

/** Proof before destruction (design law 3): nothing is wiped on faith. */
export class Preflight extends pulumi.ComponentResource {
  readonly report: pulumi.Output<PreflightReport & Timing>;
  readonly step: pulumi.Resource;

  constructor(name: string, args: PreflightArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rancher-rollback:index:Preflight", name, {}, opts);
    const { settings, triggers, after } = args;
    const { snapshot, snapshotSha256, waitSeconds } = settings;
    const step = new Step(
      name,
      {
        settings,
        step: "preflight",
        options: { snapshot, "timeout-seconds": String(waitSeconds) },
        triggers,
        stdin: JSON.stringify({ ...(snapshotSha256 && { sha256: snapshotSha256 }) } satisfies PreflightInput),
      },
      { parent: this, dependsOn: after },
    );
    this.step = step;
    this.report = step.report<PreflightReport>();
    this.registerOutputs({ report: this.report });
  }
}
