import * as pulumi from "@pulumi/pulumi";
import {
  type Component,
  LOCK,
  PREFLIGHT,
  RESTORE,
  RKE_UP_LAST,
  SAFETY_COPY,
  typeToken,
  UNLOCK,
  VERIFICATION,
} from "../messages/steps.ts";
import type { StepName, StepReport, Timing } from "../steps/contract.ts";
import { type AnnouncementArgs, announceRestore, type RestoreHooks } from "./announcement.ts";
import { ClusterLock, ClusterUnlock } from "./clusterLock.ts";
import type { ImageTurnArgs } from "./imageTurn.ts";
import { OneStep, type OneStepArgs } from "./oneStep.ts";
import { RancherImage } from "./rancherImage.ts";
import { ReplacementNode } from "./replacementNode.ts";
import { restoreTriggers } from "./restoreTriggers.ts";
import { SnapshotPulls } from "./snapshotPulls.ts";
import {
  editInput,
  expecting,
  firstUpInput,
  inputsOf,
  lastUpInput,
  restartInput,
  restoreInput,
  tokensFor,
  verifyInput,
} from "./stepInputs.ts";

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
    const oneStep = <N extends StepName>(component: Component, own: string, stepArgs: OneStepArgs<N>) =>
      new OneStep(component, named(own), stepArgs, child);
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
    const preflight = oneStep("Preflight", PREFLIGHT, {
      ...{ settings, step: "preflight", triggers, after },
      input: expecting(inputs.preflight, expected),
    });
    // The way back (design law 4): what the cluster is right before the wipe.
    const copy =
      inputs.safetyCopy &&
      oneStep("SafetyCopy", SAFETY_COPY, {
        ...{ settings, step: "safety-copy", triggers, after: [preflight.step] },
        input: inputs.safetyCopy,
      });
    const restore = oneStep("EtcdRestore", RESTORE, {
      ...{ settings, step: "restore", triggers, after: [preflight.step, ...(copy ? [copy.step] : [])] },
      input: restoreInput(settings, inputs, lock, preflight, copy, expected),
      hook: restoreHook,
    });
    // A rollback has two of these: this one in the runbook's place, unless the restore has built the cluster by itself, and one
    // after the verification, where this one has not run. So the triggers of the steps in between are the same in either
    // order, and neither another order nor an upgrade of this program runs them again.
    const up = oneStep("RkeUp", "rke-up", {
      ...{ settings, step: "rke-up", triggers: [restore.ran] },
      input: firstUpInput(settings, restore, lock.afterRestore([restore.report])),
    });
    const restarts = oneStep("ComponentRestarts", "restart", {
      ...{ settings, step: "restart", triggers: [up.ran] },
      input: restartInput(settings, restore.report, lock.afterRestore([restore.report, up.report])),
    });
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
    const verification = oneStep("Verification", VERIFICATION, {
      ...{ settings, step: "verify", triggers: [image.ran] },
      input: restarts.report.apply(({ nodes }) => verifyInput(settings, nodes)),
    });
    const last =
      settings.rkeUp === "last"
        ? oneStep("RkeUp", RKE_UP_LAST, {
            ...{ settings, step: "rke-up", triggers: [up.ran], after: [verification.step] },
            input: lastUpInput(settings, up, restarts, heldLock),
          })
        : undefined;
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
    const triggers = newNodes.flatMap(({ replaces, ran }) => [replaces, ran]);
    const input = editInput(settings, newNodes);
    const config = new OneStep(
      "ClusterConfig",
      `${prefix}cluster-config`,
      { step: "edit-cluster-file", settings, input, triggers, after: pulled },
      child,
    );
    return { newNodes, pulls, config, steps: [...pulled, config.step] };
  }
}
