import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import type { StepInput, StepReport, Timing } from "../steps/contract.ts";
import { Step } from "./step.ts";

export interface EtcdRestoreArgs {
  settings: Settings;
  /** What makes it run: nothing else does. */
  triggers: pulumi.Input<string>[];
  /** Called before it runs, in a preview too. */
  hook: pulumi.ResourceHook;
  /** What the step is given: the lock, the proof and the safety copy that must hold right before the wipe. */
  input: pulumi.Input<StepInput<"restore">>;
  /** What must be done before. */
  after: pulumi.Resource[];
}

/** What the restore did. */
export type EtcdRestoreReport = StepReport<"restore">;

/** The runbook's `rke etcd snapshot-restore`: the destructive step. */
export class EtcdRestore extends pulumi.ComponentResource {
  readonly report: pulumi.Output<EtcdRestoreReport & Timing>;
  /** Changes whenever a restore has run. */
  readonly ran: pulumi.Output<string>;

  constructor(
    name: string,
    { settings, triggers, hook, input, after }: EtcdRestoreArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rancher-rollback:index:EtcdRestore", name, {}, opts);
    const step = new Step(
      name,
      {
        settings,
        step: "restore",
        input,
        triggers,
      },
      { parent: this, dependsOn: after, hooks: { beforeCreate: [hook] } },
    );
    this.report = step.report();
    this.ran = step.ran;
    this.registerOutputs({ report: this.report });
  }
}

/**
 * What the operator asked for, and nothing else: neither replacements nor any other setting restores a cluster again.
 * Stacks carry these words in their state. They never change, or a new release would ask every cluster for another restore.
 */
export function restoreTriggers({ snapshot, run }: Pick<Settings, "snapshot" | "run">): string[] {
  return [`snapshot ${snapshot}`, `run ${run}`];
}
