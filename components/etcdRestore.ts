import * as pulumi from "@pulumi/pulumi";
import { restoreCommand } from "../cluster/rke/commandLine.ts";
import type { Settings } from "../settings/settings.ts";
import { Step, type Timing } from "./step.ts";

export interface EtcdRestoreArgs {
  settings: Settings;
  /** What makes it run: nothing else does. */
  triggers: pulumi.Input<string>[];
  /** Called before it runs, in a preview too. */
  hook: pulumi.ResourceHook;
  /** The lock that must be held right before the wipe. */
  lock: pulumi.Input<string>;
  /** What must be done before. */
  after: pulumi.Resource[];
}

/** What the restore did. */
export interface EtcdRestoreReport {
  /** RKE's version. */
  rke: string;
  /** When RKE began to wipe the cluster, ISO 8601. */
  wipedAt?: string;
  /** Warnings in RKE's log that are no failures. */
  warnings: number;
  /** Path of RKE's log on the operator's machine. */
  log: string;
}

/** The runbook's `rke etcd snapshot-restore`: the destructive step. */
export class EtcdRestore extends pulumi.ComponentResource {
  readonly report: pulumi.Output<EtcdRestoreReport & Timing>;
  /** Changes whenever a restore has run. */
  readonly ran: pulumi.Output<string>;

  constructor(
    name: string,
    { settings, triggers, hook, lock, after }: EtcdRestoreArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rancher-rollback:index:EtcdRestore", name, {}, opts);
    const step = new Step(
      name,
      {
        settings,
        step: "rke",
        options: { snapshot: settings.snapshot, "silence-seconds": String(settings.rke.silenceSeconds) },
        rest: restoreCommand(settings.rke.path, settings.snapshot, settings.cluster.path),
        triggers,
        stdin: lock,
      },
      { parent: this, dependsOn: after, hooks: { beforeCreate: [hook] } },
    );
    this.report = step.report<EtcdRestoreReport>();
    this.ran = step.ran;
    this.registerOutputs({ report: this.report });
  }
}

/**
 * What the operator asked for, and nothing else. Existing stacks carry these words in their state: a new release may
 * add one only for a setting that they have not got, or it would restore every cluster again.
 */
export function restoreTriggers({ snapshot, run }: Pick<Settings, "snapshot" | "run">): string[] {
  return [`snapshot ${snapshot}`, ...(run > 1 ? [`run ${run}`] : [])];
}
