import type * as pulumi from "@pulumi/pulumi";
import { OneStep, type OneStepArgs } from "./oneStep.ts";

/** The way back (design law 4): what the cluster is right before the wipe. @internal */
export class SafetyCopy extends OneStep<"safety-copy"> {
  constructor(name: string, args: Omit<OneStepArgs<"safety-copy">, "step">, opts?: pulumi.ComponentResourceOptions) {
    super("SafetyCopy", name, { step: "safety-copy", ...args }, opts);
  }
}
