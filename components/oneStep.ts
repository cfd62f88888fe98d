import * as pulumi from "@pulumi/pulumi";
import { type Component, typeToken } from "../messages/steps.ts";
import type { StepName, StepReport, Timing } from "../steps/contract.ts";
import { type After, Step, type StepArgs } from "./step.ts";

export interface OneStepArgs<N extends StepName> extends StepArgs<N>, Partial<After> {
  /** Called before it runs, in a preview too. */
  hook?: pulumi.ResourceHook;
}

/** A component that is one step and has its name. @internal */
export class OneStep<N extends StepName> extends pulumi.ComponentResource {
  readonly report: pulumi.Output<StepReport<N> & Timing>;
  /** Changes whenever the step has run. */
  readonly ran: pulumi.Output<string>;
  readonly step: Step<N>;

  /** @param component its name in the table of steps (messages/steps.ts). */
  constructor(
    component: Component,
    name: string,
    { after = [], hook, ...args }: OneStepArgs<N>,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(typeToken(component), name, {}, opts);
    this.step = new Step(name, args, {
      parent: this,
      dependsOn: after,
      ...(hook && { hooks: { beforeCreate: [hook] } }),
    });
    this.report = this.step.report();
    this.ran = this.step.ran;
    this.registerOutputs({ report: this.report });
  }
}
