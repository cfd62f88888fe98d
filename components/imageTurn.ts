import * as pulumi from "@pulumi/pulumi";
import { tagOf } from "../cluster/image.ts";
import { type Problem, setRemedy } from "../cluster/problem.ts";
import { readLockHolders } from "../plan/history.ts";
import type { Settings } from "../settings/settings.ts";
import type { Refuse } from "./announcement.ts";

export interface ImageTurnArgs {
  settings: Settings;
  refuse: Refuse;
  /** The id by which this stack holds the cluster during a rollback. */
  lock: pulumi.Input<string>;
}

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
export function imageHooks(name: string, { settings, refuse, lock }: ImageTurnArgs): ImageHooks {
  const dryRun = pulumi.runtime.isDryRun();
  const { container } = settings.rancher;
  let isTurn = false;
  let ownLock: string | undefined;
  pulumi.output(lock).apply((id) => {
    ownLock = id;
  });
  // A rollback that goes on after a failure here has waited for the API in an earlier update.
  const goesOn = async () => ownLock !== undefined && (await readLockHolders(settings)).includes(ownLock);
  const check = async ({ newInputs, oldInputs }: pulumi.ResourceHookArgs) => {
    const [wanted, before] = [imageIn(newInputs, container), imageIn(oldInputs, container)];
    if (isTurn || wanted === undefined || wanted === before) return;
    if ((dryRun && !settings.readCluster) || (await goesOn())) return;
    throw refuse({ problems: [outOfTurn(settings, before)] });
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

interface Container {
  name?: string;
  image?: string;
}

function outOfTurn({ rancher }: Settings, before: string | undefined): Problem {
  const { namespace, deployment, version, image } = rancher;
  const name = `Deployment ${namespace}/${deployment}`;
  const found = before === undefined ? `the stack's state has no image of ${name}` : `${name} asks for ${before}`;
  const message = `${found}, and ${image} would be set without a rollback: neither is one under way, nor has rancherVersion changed`;
  const again = `should ${version} start on these data all the same, set rancherVersion to it again after an apply of that`;
  const tag = tagOf(before ?? "");
  if (tag === undefined) {
    const look = `kubectl -n ${namespace} get deployment ${deployment} -o wide`;
    return { message, remedy: `Set rancherVersion to the tag of the image that runs (${look}); ${again}` };
  }
  return { message, remedy: setRemedy(`Keep the Rancher that runs; ${again}`, "rancherVersion", tag) };
}
