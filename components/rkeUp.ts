import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import type { StepInput } from "../steps/contract.ts";
import type { LockAfterRestore } from "./clusterLock.ts";
import { OneStep } from "./oneStep.ts";

interface RkeUpArgs {
  settings: Settings;
  /** The step after whose run this must run, by the time at which that has run. */
  after: pulumi.Input<string>;
  /** Whether it is this step's turn, and what must be so afterwards. */
  input: pulumi.Input<Pick<StepInput<"rke-up">, "skip" | "verify">>;
  heldLock: pulumi.Input<LockAfterRestore>;
  /** Without making this run again. */
  dependsOn?: pulumi.Resource[];
}

/**
 * The runbook's `rke up`. A rollback has two of these: one in the runbook's place, which runs unless the restore has built
 * the cluster by itself, and one after the verification, which runs where the first has not. So the triggers of the steps
 * in between are the same in either order, and neither another order nor an upgrade of this program runs them again. @internal
 */
export class RkeUp extends OneStep<"rke-up"> {
  constructor(
    name: string,
    { settings, after, input, heldLock, dependsOn = [] }: RkeUpArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const { path, silenceSeconds } = settings.rke;
    const { namespace, deployment, container, image } = settings.rancher;
    const rancher = { namespace, deployment, container, image };
    super(
      "RkeUp",
      name,
      {
        settings,
        step: "rke-up",
        input: pulumi
          .all([input, heldLock])
          .apply(([turn, lock]) => ({ rke: path, silenceSeconds, rancher, lock, ...turn })),
        triggers: [after],
        after: dependsOn,
      },
      opts,
    );
  }
}
