import * as pulumi from "@pulumi/pulumi";
import { tagOf } from "./cluster/image.ts";
import type { Announce } from "./components/announcement.ts";
import { givenArgs, type RancherRollbackArgs } from "./components/args.ts";
import { orRunError } from "./components/orRunError.ts";
import { type RollbackReport, RollbackSteps } from "./components/rancherRollback.ts";
import { type RollbackSummary, summaryOf } from "./components/summary.ts";
import { type Audience, rerunCommand, setCommand } from "./messages/commands.ts";
import { typeToken } from "./messages/steps.ts";
import { checkSettings } from "./settings/checkSettings.ts";
import { announceOnTerminal, underPulumi } from "./underPulumi.ts";

export type { RancherRollbackArgs, ReplacementArgs } from "./components/args.ts";
export {
  MachineKind,
  NodeRole,
  ReachedBy,
  RestartOrder,
  Restarts,
  RestoreWay,
  RestoreWith,
  RkeUp,
  SafetyCopy,
} from "./components/choices.ts";
export type {
  KeptData,
  ReplacedNode,
  RestoreSummary,
  RollbackSummary,
  SavedCopy,
  Timed,
  VerificationSummary,
} from "./components/summary.ts";

/**
 * A rollback in a Pulumi program of one's own. The names of all its resources begin with its own, so that one program
 * can have several, each for a cluster of its own.
 *
 * @example
 *     import * as pulumi from "@pulumi/pulumi";
 *     import { RancherRollback } from "@rancher-rollback/cli";
 *
 *     const config = new pulumi.Config();
 *     const { undoCommand } = new RancherRollback("prod", {
 *       snapshot: config.require("snapshot"),
 *       rancherVersion: config.require("rancherVersion"),
 *       acceptDataLossOf: config.get("acceptDataLossOf"),
 *       clusterFile: "rancher-cluster.yml",
 *       rancherUrl: "https://rancher.example.com",
 *     });
 *     export const undo = undoCommand;
 */
export class RancherRollback extends pulumi.ComponentResource {
  /** The name of the safety copy, the way back; absent where the rollback went without one. */
  readonly safetyCopy: pulumi.Output<string | undefined>;
  /** What undoes the rollback where the program takes these arguments from its config; absent without a safety copy. */
  readonly undoCommand: pulumi.Output<string | undefined>;
  /** The version that Rancher was verified to have. */
  readonly rancherVersion: pulumi.Output<string>;
  /** What was restored, what is the way back, and how the cluster was verified. */
  readonly report: pulumi.Output<RollbackSummary>;

  /**
   * @throws pulumi.RunError with every argument that is wrong or not known in a preview, before anything is done. It ends
   * the program: the constructor does not wait for its arguments, and no `try` around it catches this.
   */
  constructor(name: string, args: RancherRollbackArgs, opts?: pulumi.ComponentResourceOptions) {
    super(typeToken("RancherRollback"), name, shownToPolicies(args), opts);
    const stack = pulumi.getStack();
    // The nodes, and with them the steps, are known once the arguments are.
    const report = pulumi.output(this.rollBack(name, args));
    this.safetyCopy = report.apply(({ safetyCopy }) => safetyCopy?.name);
    this.undoCommand = report.apply((reported) => undoOf(reported, stack));
    this.rancherVersion = report.apply(({ verification }) => verification.rancherVersion);
    this.report = report.apply(summaryOf);
    const { safetyCopy, undoCommand, rancherVersion } = this;
    this.registerOutputs({ safetyCopy, undoCommand, rancherVersion, report: this.report });
  }

  /** What shows the plan in a preview, and warnings. */
  protected announcer(): Announce {
    return announceOnTerminal(this);
  }

  private async rollBack(name: string, args: RancherRollbackArgs): Promise<pulumi.Output<RollbackReport>> {
    const { values, plain } = await givenArgs(name, args);
    const audience: Audience = { stack: pulumi.getStack(), program: "pulumi" };
    const settings = orRunError(() => checkSettings(values, { plain }), audience.stack);
    underPulumi(settings);
    const announce = this.announcer();
    for (const notice of settings.notes) announce({ kind: "warned", notice });
    const given = { settings, announce, audience, prefix: `${name}-` };
    return new RollbackSteps(`${name}-steps`, given, { parent: this }).report;
  }
}

/** What policy/rules.ts asks of a rollback. The other arguments stay out of the state: some are secrets. */
function shownToPolicies(args: RancherRollbackArgs): pulumi.Inputs {
  const { snapshot, run, acceptDataLossOf, safetyCopy, allowUnknownHostKeys } = args;
  return { snapshot, run, acceptDataLossOf, safetyCopy, allowUnknownHostKeys };
}

/** By hand, as in the README: such a stack is not one that `rancher-rollback undo` knows. */
function undoOf({ safetyCopy }: RollbackReport, stack: string): string | undefined {
  if (!safetyCopy) return undefined;
  const audience: Audience = { stack, program: "pulumi" };
  const version = tagOf(safetyCopy.rancherImage);
  return [
    setCommand(audience, "snapshot", safetyCopy.name),
    ...(version === undefined ? [] : [setCommand(audience, "rancherVersion", version)]),
    setCommand(audience, "acceptDataLossOf", safetyCopy.name),
    rerunCommand(audience),
  ].join(" && ");
}
