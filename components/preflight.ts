import type * as pulumi from "@pulumi/pulumi";
import { OneStep, type OneStepArgs } from "./oneStep.ts";

/** Proof before destruction (design law 3): nothing is wiped on faith. @internal */
export class Preflight extends OneStep<"preflight"> {
  constructor(name: string, args: Omit<OneStepArgs<"preflight">, "step">, opts?: pulumi.ComponentResourceOptions) {
    super("Preflight", name, { step: "preflight", ...args }, opts);
  }
}
