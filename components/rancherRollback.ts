import * as pulumi from "@pulumi/pulumi";
import { givenUp, type Replacement } from "../cluster/clusterFile/replacement.ts";
import type { Way } from "../cluster/inPlace/way.ts";
import { needsTokensOfNow } from "../cluster/rancher/migrations.ts";
import { LOCK, PREFLIGHT, RESTORE, SAFETY_COPY, typeToken, UNLOCK, VERIFICATION } from "../messages/steps.ts";
import type { Settings } from "../settings/settings.ts";
import type { StepInput, StepName, StepReport, Timing } from "../steps/contract.ts";
import { type AnnouncementArgs, announceRestore, type RestoreHooks } from "./announcement.ts";
import { ClusterConfig } from "./clusterConfig.ts";
import { ClusterLock, ClusterUnlock } from "./clusterLock.ts";
import { ComponentRestarts } from "./componentRestarts.ts";
import type { ImageTurnArgs } from "./imageTurn.ts";
import { OneStep } from "./oneStep.ts";
import { RancherImage } from "./rancherImage.ts";
import { ReplacementNode } from "./replacementNode.ts";
import { restoreTriggers } from "./restoreTriggers.ts";
import { RkeUp } from "./rkeUp.ts";
import { SnapshotPulls } from "./snapshotPulls.ts";
import { Verification, verifyInput } from "./verification.ts";

interface RollbackStepsArgs extends AnnouncementArgs {
  /** What the names of its resources begin with; nothing in the stacks of `rancher-rollback`, whose states know them so. */
  prefix?: string;
  isUnverified?: ImageTurnArgs["isUnverified"];
}

type Timed<N extends StepName> = StepReport<N> & Timing;

/** What a rollback did and how long each step took. */
export interface RollbackReport {
  snapshot: string;
  /** The machines that took a node's place. */
  replacements: Timed<"await-node">[];
  /** The snapshot on each etcd node; none where no source was given. */
  pulls: Timed<"pull-snapshot">[];
  /** The edit of the cluster file, where a node was replaced. */
  clusterFile: Timed<"edit-cluster-file"> | undefined;
  preflight: Timed<"preflight">;
  /** The way back, unless the settings said to go without. */
  safetyCopy: StepReport<"safety-copy"> | undefined;
  restore: Timed<"restore">;
  rkeUp: Timed<"rke-up">;
  restarts: Timed<"restart">;
  image: Timed<"wait-for-api"> & { image: string };
  verification: Timed<"verify">;
}

/**
 * A whole rollback, in the runbook's order, except that `rke up` may come last. Each step runs again when the step before it has.
 * The names of the resources are frozen (messages/steps.ts), and so is its type: in a stack of `rancher-rollback` it is the
 * rollback; in another program it is inside the component of component.ts, which has the same type, and inputs.
 *
 * @example
 *     const { report } = new RollbackSteps("rollback", { settings: readSettings(), announce: console.log, audience });
 */
export class RollbackSteps extends pulumi.ComponentResource {
  readonly report: pulumi.Output<RollbackReport>;

  constructor(name: string, args: RollbackStepsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(typeToken("RancherRollback"), name, {}, opts);
    const { settings, prefix = "", isUnverified } = args;
    const named = (own: string) => `${prefix}${own}`;
    const child = { parent: this };
    const hooks = announceRestore(named("announcement"), args);
    const { lockHook, restoreHook, way, refuse } = hooks;
    const triggers = restoreTriggers(settings);
    const lock = new ClusterLock(named(LOCK), { settings, triggers, hook: lockHook }, child);
    const { newNodes, steps, pulls, config } = this.prepare(args, [lock.step], hooks);

    const inputs = inputsOf(settings, lock.hosts);
    const after = [lock.step, ...steps];
    // By then the lock is taken, and its hook has read what there is; a lock of an earlier update has no hook.
    const expected = pulumi.all([lock.lock, lock.taken]).apply(way);
    // Proof before destruction (design law 3): nothing is wiped on faith.
    const preflight = new OneStep(
      "Preflight",
      named(PREFLIGHT),
      { step: "preflight", settings, input: expecting(inputs.preflight, expected), triggers, after },
      child,
    );
    // The way back (design law 4): what the cluster is right before the wipe.
    const copy =
      inputs.safetyCopy &&
      new OneStep(
        "SafetyCopy",
        named(SAFETY_COPY),
        { step: "safety-copy", settings, input: inputs.safetyCopy, triggers, after: [preflight.step] },
        child,
      );
    const restore = new OneStep(
      "EtcdRestore",
      named(RESTORE),
      {
        step: "restore",
        settings,
        triggers,
        hook: restoreHook,
        input: restoreInput(settings, inputs, lock, preflight, copy, expected),
        after: [preflight.step, ...(copy ? [copy.step] : [])],
      },
      child,
    );
    const up = new RkeUp(
      named("rke-up"),
      {
        settings,
        after: restore.ran,
        input: turnOfFirst(settings, restore),
        heldLock: lock.afterRestore([restore.report]),
      },
      child,
    );
    const restarts = new ComponentRestarts(
      named("restart"),
      {
        settings,
        restore: restore.report,
        heldLock: lock.afterRestore([restore.report, up.report]),
        after: up.ran,
      },
      child,
    );
    const heldLock = lock.afterRestore([restore.report, up.report, restarts.report]);
    const image = new RancherImage(
      named("rancher-image"),
      {
        settings,
        refuse,
        isUnverified,
        lock: lock.lock.apply(({ id }) => id),
        heldLock,
        after: restarts.ran,
        tokens: tokensFor(settings, lock, restore),
      },
      child,
    );
    const verification = new Verification(
      named(VERIFICATION),
      { settings, restarts: restarts.report.nodes, after: image.ran },
      child,
    );
    const upInput = turnOfLast(settings, up, restarts);
    const upArgs = { settings, after: up.ran, input: upInput, heldLock, dependsOn: [verification.step] };
    const last = settings.rkeUp === "last" ? new RkeUp(named("rke-up-last"), upArgs, child) : undefined;
    const done = last ? [last.step] : [];
    new ClusterUnlock(named(UNLOCK), { settings, lock, heldLock, after: verification.ran, dependsOn: done }, child);

    this.report = pulumi.output({
      snapshot: settings.snapshot,
      replacements: newNodes.map(({ report }) => report),
      pulls: pulls?.reports ?? [],
      clusterFile: config?.report,
      preflight: preflight.report,
      safetyCopy: restore.report.apply(({ safetyCopy }) => safetyCopy),
      restore: restore.report,
      rkeUp: pulumi.all([up.report, last?.report]).apply(([first, second]) => (first.skipped && second) || first),
      restarts: restarts.report,
      image: pulumi.all([image.report, image.image]).apply(([waited, set]) => ({ ...waited, image: set })),
      verification: verification.report,
    });
    this.registerOutputs({ report: this.report });
  }

  /** What a dead node needs before the rest is the failed upgrade's: a replacement node, the snapshot, the cluster file. */
  private prepare({ settings, prefix = "" }: RollbackStepsArgs, after: pulumi.Resource[], hooks: RestoreHooks) {
    const child = { parent: this };
    const { replacements, source } = settings;
    const newNodes = replacements.map(
      (replacement) =>
        new ReplacementNode(
          `${prefix}replacement-${replacement.node.name}`,
          { settings, replacement, prefix, after, hooks },
          child,
        ),
    );
    const byName = new Map(replacements.map(({ node }, at) => [node.name, newNodes[at] as ReplacementNode]));
    const pulls =
      source && new SnapshotPulls(`${prefix}snapshot`, { settings, source, newNodes: byName, after, hooks }, child);
    const pulled = pulls?.steps ?? [];
    if (newNodes.length === 0) return { newNodes, pulls, config: undefined, steps: pulled };
    const config = new ClusterConfig(`${prefix}cluster-config`, { settings, newNodes, after: pulled }, child);
    return { newNodes, pulls, config, steps: [...pulled, config.step] };
  }
}

/** The restore of RKE v0.2.0 and later builds the cluster by itself; `rke up` can wait until Rancher serves. */
function turnOfFirst({ rkeUp }: Settings, restore: OneStep<"restore">) {
  return restore.report.apply(({ built }) => (rkeUp === "last" && built ? { skip: "comes-last" as const } : {}));
}

/** Undefined where Rancher needs none: then nothing about it is part of any step. */
function tokensFor({ rancher }: Settings, { lock }: ClusterLock, restore: OneStep<"restore">) {
  if (!needsTokensOfNow(rancher.version)) return undefined;
  return pulumi
    .all([lock, restore.report])
    .apply(([held, { safetyCopy }]) => ({ lock: held, ...(safetyCopy && { folder: safetyCopy.folder }) }));
}

function turnOfLast(settings: Settings, first: RkeUp, restarts: ComponentRestarts) {
  return pulumi
    .all([first.report, restarts.report])
    .apply(([{ skipped }, { nodes }]) =>
      skipped ? { verify: verifyInput(settings, nodes) } : { skip: "has-run" as const },
    );
}

interface Inputs {
  preflight: StepInput<"preflight">;
  safetyCopy?: StepInput<"safety-copy">;
}

/** What the checks and the safety copy are given, as steps of their own and once more right before the wipe. */
function inputsOf(settings: Settings, hosts: string[]): Inputs {
  const { snapshot, snapshotSha256, waitSeconds, rancher, safetyCopy, rke } = settings;
  const { namespace, deployment, container } = rancher;
  const [timeoutSeconds, rkeVersion] = [waitSeconds, rke.version];
  return {
    preflight: {
      snapshot,
      rkeVersion,
      ...(rke.defaultKubernetes !== undefined && { defaultKubernetes: rke.defaultKubernetes }),
      timeoutSeconds,
      ...(snapshotSha256 && { sha256: snapshotSha256 }),
    },
    ...(safetyCopy && {
      safetyCopy: {
        hosts,
        rancher: { namespace, deployment, container },
        rkeVersion,
        timeoutSeconds,
        ...(needsTokensOfNow(rancher.version) && { keepTokens: true as const }),
      },
    }),
  };
}

/** Without keys: the input is no secret. */
function givenUpInput(replacement: Replacement): NonNullable<StepInput<"restore">["givenUp"]> {
  const found = givenUp(replacement);
  if (!found) return [];
  const { name, address, port, user } = found.node;
  return [{ name, address, port, user, by: replacement.node.name, isCertain: found.isCertain }];
}

function expecting(
  input: StepInput<"preflight">,
  expected: pulumi.Output<Way | undefined>,
): pulumi.Output<StepInput<"preflight">> {
  return expected.apply((expectedWay) => ({ ...input, ...(expectedWay && { expectedWay }) }));
}

function restoreInput(
  { snapshot, run, rke, rancher, restoreWith, keepOldDataDays, replacements }: Settings,
  inputs: Inputs,
  { lock, taken }: ClusterLock,
  preflight: OneStep<"preflight">,
  copy: OneStep<"safety-copy"> | undefined,
  expected: pulumi.Output<Way | undefined>,
): pulumi.Output<StepInput<"restore">> {
  return pulumi
    .all([lock, taken, preflight.report, copy?.report, expected])
    .apply(([held, fresh, proven, saved, expectedWay]) => ({
      snapshot,
      run,
      rke: rke.path,
      silenceSeconds: rke.silenceSeconds,
      rancher: { namespace: rancher.namespace, deployment: rancher.deployment, container: rancher.container },
      lock: { ...held, taken: fresh },
      ...inputs,
      proven,
      restoreWith,
      keepOldDataDays,
      replaced: replacements.map(({ unresponsive }) => unresponsive),
      newNodes: replacements.map(({ node }) => node.name),
      givenUp: replacements.flatMap(givenUpInput),
      ...(saved && { saved }),
      ...(expectedWay && { expectedWay }),
    }));
}
