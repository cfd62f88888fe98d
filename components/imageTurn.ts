import * as pulumi from "@pulumi/pulumi";
import { tagOf } from "../cluster/image.ts";
import { type Problem, setRemedy } from "../cluster/problem.ts";
import { isLastRestore, readLockHolders } from "../plan/history.ts";
import type { Settings } from "../settings/settings.ts";
import type { Refuse } from "./announcement.ts";

export interface ImageTurnArgs {
  settings: Settings;
  refuse: Refuse;
  /** The id by which this stack holds the cluster during a rollback. */
  lock: pulumi.Input<string>;
  /** Whether the stack's last restore was not verified since, by the state; absent where nobody has read that, as under `pulumi`. */
  isUnverified?: (() => boolean) | undefined;
}

/** Frozen. On the Deployment itself, not on its pods: it makes every rollback set the image again without restarting anything. */
export const ANNOTATION = "rancher-rollback/after";

interface ImageHooks {
  /** Before the step that waits for the API: where that runs, a rollback is under way, or another rancherVersion was asked for. */
  apiHook: pulumi.ResourceHook;
  /** Before the image is set, in a preview too. */
  imageHook: pulumi.ResourceHook;
}

/**
 * The image is set as a part of a rollback, or for another rancherVersion, and at no other time. After a refresh the
 * state has the image that runs, maybe of a Rancher that was upgraded since: the difference alone asks for nothing, and
 * would start an older Rancher on newer data (design laws 1 and 5).
 */
export function imageHooks(name: string, { settings, refuse, lock, isUnverified }: ImageTurnArgs): ImageHooks {
  const dryRun = pulumi.runtime.isDryRun();
  const { container } = settings.rancher;
  let isTurn = false;
  let ownLock: string | undefined;
  pulumi.output(lock).apply((id) => {
    ownLock = id;
  });
  // A rollback that goes on after a failure here has waited for the API in an earlier update.
  const goesOn = async ({ newInputs, oldInputs }: pulumi.ResourceHookArgs) => {
    const holders = await readLockHolders(settings);
    if (ownLock !== undefined && holders.includes(ownLock)) return true;
    // An `abort` has released its lock. What it had set already was changed by somebody else.
    const isDue = isUnverified?.() === true && afterIn(newInputs) !== afterIn(oldInputs);
    return isDue && holders.length === 0 && (await isLastRestore(settings));
  };
  const check = async (args: pulumi.ResourceHookArgs) => {
    const { newInputs, oldInputs } = args;
    const [wanted, before] = [imageIn(newInputs, container), imageIn(oldInputs, container)];
    if (isTurn || wanted === undefined || wanted === before) return;
    if ((dryRun && !settings.readCluster) || (await goesOn(args))) return;
    throw refuse({ problems: [outOfTurn(settings, before, isUnverified === undefined)] });
  };
  const onDryRun = { onDryRun: true };
  return {
    apiHook: new pulumi.ResourceHook(
      `${name}-api`,
      () => {
        isTurn = true;
      },
      onDryRun,
    ),
    imageHook: new pulumi.ResourceHook(name, check, onDryRun),
  };
}

/** @param inputs of a patch; it has none where it is there for nothing but its name. */
function imageIn(inputs: Record<string, unknown> | undefined, container: string): string | undefined {
  const { spec } = (inputs ?? {}) as { spec?: { template?: { spec?: { containers?: Container[] } } } };
  return spec?.template?.spec?.containers?.find(({ name }) => name === container)?.image;
}

/** When the restarts ended after which the image is set. */
function afterIn(inputs: Record<string, unknown> | undefined): string | undefined {
  const { metadata } = (inputs ?? {}) as { metadata?: { annotations?: Record<string, string> } };
  return metadata?.annotations?.[ANNOTATION];
}

interface Container {
  name?: string;
  image?: string;
}

/** @param mayGoOn whether it is not known that no rollback was given up before it was verified. */
function outOfTurn({ rancher }: Settings, before: string | undefined, mayGoOn: boolean): Problem {
  const { namespace, deployment, version, image } = rancher;
  const name = `Deployment ${namespace}/${deployment}`;
  const found = before === undefined ? `the stack's state has no image of ${name}` : `${name} asks for ${before}`;
  const message = `${found}, and ${image} would be set without a rollback: neither is one under way, nor has rancherVersion changed`;
  const again = `should ${version} start on these data all the same, set rancherVersion to it again after an apply of that`;
  const finish = mayGoOn
    ? "If `abort` has given up a rollback that is to be finished, run `rancher-rollback apply` instead. "
    : "";
  const tag = tagOf(before ?? "");
  if (tag === undefined) {
    const look = `kubectl -n ${namespace} get deployment ${deployment} -o wide`;
    return { message, remedy: `${finish}Set rancherVersion to the tag of the image that runs (${look}); ${again}` };
  }
  return { message, remedy: setRemedy(`${finish}Keep the Rancher that runs; ${again}`, "rancherVersion", tag) };
}
