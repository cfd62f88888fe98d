import type * as pulumi from "@pulumi/pulumi";
import type { StepReport } from "../steps/contract.ts";
import { OneStep, type OneStepArgs } from "./oneStep.ts";

/** The proven snapshot, on each etcd node. */
export type PreflightReport = StepReport<"preflight">;

/** Proof before destruction (design law 3): nothing is wiped on faith. */
export class Preflight extends OneStep<"preflight"> {
  constructor(name: string, args: Omit<OneStepArgs<"preflight">, "step">, opts?: pulumi.ComponentResourceOptions) {
    super("Preflight", name, { step: "preflight", ...args }, opts);
  }
}
