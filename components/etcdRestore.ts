import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import { OneStep, type OneStepArgs } from "./oneStep.ts";

/** The runbook's `rke etcd snapshot-restore`: the destructive step. @internal */
export class EtcdRestore extends OneStep<"restore"> {
  constructor(name: string, args: Omit<OneStepArgs<"restore">, "step">, opts?: pulumi.ComponentResourceOptions) {
    super("EtcdRestore", name, { step: "restore", ...args }, opts);
  }
}

/**
 * What the operator asked for, and nothing else: neither replacements nor any other setting restores a cluster again.
 * Frozen: stacks have these words in their state, and with other words a new release would ask every cluster for another
 * restore.
 */
export function restoreTriggers({ snapshot, run }: Pick<Settings, "snapshot" | "run">): string[] {
  return [`snapshot ${snapshot}`, `run ${run}`];
}
