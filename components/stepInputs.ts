import * as pulumi from "@pulumi/pulumi";
import { givenUp, type Replacement } from "../cluster/clusterFile/replacement.ts";
import type { Way } from "../cluster/inPlace/way.ts";
import type { DeploymentRef } from "../cluster/kubernetes/deployment.ts";
import { needsTokensOfNow } from "../cluster/rancher/migrations.ts";
import type { Settings } from "../settings/settings.ts";
import type { NodeRestart, StepInput, StepReport } from "../steps/contract.ts";
import type { ClusterLock, LockAfterRestore } from "./clusterLock.ts";
import type { OneStep } from "./oneStep.ts";
import type { ReplacementNode } from "./replacementNode.ts";

interface Inputs {
  preflight: StepInput<"preflight">;
  safetyCopy?: StepInput<"safety-copy">;
}

/** Where Rancher is, without what else the settings say of it. */
export function deploymentOf({ rancher: { namespace, deployment, container } }: Settings): DeploymentRef {
  return { namespace, deployment, container };
}

/** What the checks and the safety copy are given, as steps of their own and once more right before the wipe. */
export function inputsOf(settings: Settings, hosts: string[]): Inputs {
  const { snapshot, snapshotSha256, waitSeconds, rancher, safetyCopy, rke } = settings;
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
        rancher: deploymentOf(settings),
        rkeVersion,
        timeoutSeconds,
        ...(needsTokensOfNow(rancher.version) && { keepTokens: true as const }),
      },
    }),
  };
}

export function expecting(
  input: StepInput<"preflight">,
  expected: pulumi.Output<Way | undefined>,
): pulumi.Output<StepInput<"preflight">> {
  return expected.apply((expectedWay) => ({ ...input, ...(expectedWay && { expectedWay }) }));
}

export function editInput(
  { replacements }: Settings,
  newNodes: ReplacementNode[],
): pulumi.Output<StepInput<"edit-cluster-file">> {
  return pulumi.all(newNodes.map(({ written }) => written)).apply((nodes) => ({
    replacements: nodes.map((node, at) => ({ unresponsive: replacements[at]?.unresponsive ?? "", node })),
  }));
}

export function restoreInput(
  settings: Settings,
  inputs: Inputs,
  { lock, taken }: ClusterLock,
  preflight: OneStep<"preflight">,
  copy: OneStep<"safety-copy"> | undefined,
  expected: pulumi.Output<Way | undefined>,
): pulumi.Output<StepInput<"restore">> {
  const { snapshot, run, rke, restoreWith, keepOldDataDays, replacements } = settings;
  return pulumi
    .all([lock, taken, preflight.report, copy?.report, expected])
    .apply(([held, fresh, proven, saved, expectedWay]) => ({
      snapshot,
      run,
      rke: rke.path,
      silenceSeconds: rke.silenceSeconds,
      rancher: deploymentOf(settings),
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

/** Without keys: the input is no secret. */
function givenUpInput(replacement: Replacement): NonNullable<StepInput<"restore">["givenUp"]> {
  const found = givenUp(replacement);
  if (!found) return [];
  const { name, address, port, user } = found.node;
  return [{ name, address, port, user, by: replacement.node.name, isCertain: found.isCertain }];
}

/** @param turn whether it is this step's turn, and what must be so afterwards. */
function upInput(
  settings: Settings,
  turn: pulumi.Output<Pick<StepInput<"rke-up">, "skip" | "verify">>,
  heldLock: pulumi.Output<LockAfterRestore>,
): pulumi.Output<StepInput<"rke-up">> {
  const { path, silenceSeconds } = settings.rke;
  const rancher = { ...deploymentOf(settings), image: settings.rancher.image };
  return pulumi.all([turn, heldLock]).apply(([own, lock]) => ({ rke: path, silenceSeconds, rancher, lock, ...own }));
}

/** The restore of RKE v0.2.0 and later builds the cluster by itself; `rke up` can wait until Rancher serves. */
export function firstUpInput(
  settings: Settings,
  restore: OneStep<"restore">,
  heldLock: pulumi.Output<LockAfterRestore>,
): pulumi.Output<StepInput<"rke-up">> {
  const isLast = settings.rkeUp === "last";
  const turn = restore.report.apply(({ built }) => (isLast && built ? { skip: "comes-last" as const } : {}));
  return upInput(settings, turn, heldLock);
}

export function lastUpInput(
  settings: Settings,
  first: OneStep<"rke-up">,
  restarts: OneStep<"restart">,
  heldLock: pulumi.Output<LockAfterRestore>,
): pulumi.Output<StepInput<"rke-up">> {
  const turn = pulumi
    .all([first.report, restarts.report])
    .apply(([{ skipped }, { nodes }]) =>
      skipped ? { verify: verifyInput(settings, nodes) } : { skip: "has-run" as const },
    );
  return upInput(settings, turn, heldLock);
}

/** @param restore the restore on whose data everything must have started. */
export function restartInput(
  settings: Settings,
  restore: pulumi.Output<StepReport<"restore">>,
  heldLock: pulumi.Output<LockAfterRestore>,
): pulumi.Output<StepInput<"restart">> {
  const { restarts, restartOrder: order, waitSeconds: timeoutSeconds, rke } = settings;
  return pulumi.all([restore, heldLock]).apply(([{ wipedAt, bumped }, lock]) => ({
    rancher: deploymentOf(settings),
    order,
    restarts,
    timeoutSeconds,
    silenceSeconds: rke.silenceSeconds,
    lock,
    ...(wipedAt !== undefined && { wipedAt }),
    ...(bumped && { bumped }),
  }));
}

/** Undefined where Rancher needs none: then nothing about it is part of any step. */
export function tokensFor({ rancher }: Settings, { lock }: ClusterLock, restore: OneStep<"restore">) {
  if (!needsTokensOfNow(rancher.version)) return undefined;
  return pulumi
    .all([lock, restore.report])
    .apply(([held, { safetyCopy }]) => ({ lock: held, ...(safetyCopy && { folder: safetyCopy.folder }) }));
}

/** What must be so once everything has been restarted that had to be. */
export function verifyInput({ rancher, waitSeconds }: Settings, restarts: NodeRestart[]): StepInput<"verify"> {
  return {
    rancher,
    timeoutSeconds: waitSeconds,
    restarts: Object.fromEntries(
      restarts.map(({ node, clock, since, ranThrough }) => [node, { clock, since, ...(ranThrough && { ranThrough }) }]),
    ),
  };
}
