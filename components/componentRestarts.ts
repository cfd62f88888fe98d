import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import type { StepReport } from "../steps/contract.ts";
import type { LockAfterRestore } from "./clusterLock.ts";
import { OneStep } from "./oneStep.ts";

interface ComponentRestartsArgs {
  settings: Settings;
  /** The restore on whose data everything must have started. */
  restore: pulumi.Input<Pick<StepReport<"restore">, "wipedAt" | "bumped">>;
  heldLock: pulumi.Input<LockAfterRestore>;
  /** The `rke up` in the runbook's place, after which this must run. */
  after: pulumi.Input<string>;
}

/**
 * The runbook's restart of the Kubernetes and network components, and of Rancher, as far as it is needed: every node at
 * once, or node after node. @internal
 */
export class ComponentRestarts extends OneStep<"restart"> {
  constructor(
    name: string,
    { settings, restore, heldLock, after }: ComponentRestartsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const { rancher, restarts, restartOrder: order, waitSeconds: timeoutSeconds, rke } = settings;
    const { namespace, deployment, container } = rancher;
    const input = pulumi.all([restore, heldLock]).apply(([{ wipedAt, bumped }, lock]) => ({
      rancher: { namespace, deployment, container },
      order,
      restarts,
      timeoutSeconds,
      silenceSeconds: rke.silenceSeconds,
      lock,
      ...(wipedAt !== undefined && { wipedAt }),
      ...(bumped && { bumped }),
    }));
    super("ComponentRestarts", name, { settings, step: "restart", input, triggers: [after], after: [] }, opts);
  }
}
