import type { V1Deployment, V1Pod } from "@kubernetes/client-node";
import { z } from "zod";

export const deploymentSchema = z.object({ namespace: z.string(), deployment: z.string(), container: z.string() });
export type DeploymentRef = z.infer<typeof deploymentSchema>;

/** A pod of Rancher that has not ended, by the Kubernetes API; a pod that is being deleted counts. */
export interface RancherPod {
  name: string;
  node?: string;
  /** The name of the host whose network it has; absent where it has its own. */
  host?: string;
  image?: string;
  /** The digest that runs, such as `docker-pullable://rancher/rancher@sha256:…`; absent before the container starts. */
  imageId?: string;
  /** When its container started, ms since 1970 by the clock of its node. */
  startedAt?: number;
}

export interface RancherDeployment {
  image: string | undefined;
  /** Whether every replica runs this image and is available, and none of an older one is left. */
  rolledOut: boolean;
  /** It was, or would be, if more than some of these replicas were available: no rollout is under way, and pods are missing. */
  degraded?: true;
  state: string;
  pods: RancherPod[];
}

/** A Deployment and its pods → whether the rollout is over, and what is missing. */
export function describeRollout(deployment: V1Deployment, pods: V1Pod[], container: string): RancherDeployment {
  const { spec, status, metadata } = deployment;
  const image = spec?.template.spec?.containers.find(({ name }) => name === container)?.image;
  const wanted = spec?.replicas ?? 1;
  const [updated, available] = [status?.updatedReplicas ?? 0, status?.availableReplicas ?? 0];
  // Evicted pods stay in the list for ever; they run nothing.
  const alive = pods.filter((pod) => pod.status?.phase !== "Failed" && pod.status?.phase !== "Succeeded");
  const found = alive.map((pod) => describePod(pod, container));
  const old = found.filter((pod) => pod.image !== image).length;
  const observed = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  const updatedAll = observed && wanted > 0 && updated === wanted && old === 0;
  return {
    image,
    rolledOut: updatedAll && available === wanted,
    ...(updatedAll && available > 0 && available < wanted && { degraded: true }),
    pods: found,
    state: `${updated} of ${wanted} replicas updated, ${available} available${old > 0 ? `, ${old} pods of an older image left` : ""}`,
  };
}

function describePod({ metadata, spec, status }: V1Pod, container: string): RancherPod {
  const image = spec?.containers.find(({ name }) => name === container)?.image;
  const running = status?.containerStatuses?.find(({ name }) => name === container);
  const startedAt = running?.state?.running?.startedAt;
  return {
    name: metadata?.name ?? "",
    ...(spec?.nodeName && { node: spec.nodeName }),
    ...(spec?.nodeName && spec.hostNetwork && { host: spec.nodeName }),
    ...(image && { image }),
    ...(running?.imageID && { imageId: running.imageID }),
    ...(startedAt && { startedAt: new Date(startedAt).getTime() }),
  };
}

/**
 * The digests that pods of one image run, where they are not all the same: someone has pushed the tag again.
 * A node that pulled an image and one that loaded it from a file name it differently; that says nothing. Nor do digests of
 * two repositories: a mirror that was filled by `docker push` has the same image under a digest of its own.
 */
export function differentDigests(pods: RancherPod[]): string[] {
  const bySource = Map.groupBy(new Set(pods.flatMap(({ imageId }) => imageId ?? [])), sourceOf);
  return [...bySource.values()].filter((ids) => ids.length > 1).flat();
}

/** The repository, where an image was pulled, else the runtime. */
function sourceOf(imageId: string): string | undefined {
  return imageId.split(imageId.includes("@") ? "@" : "://")[0];
}
