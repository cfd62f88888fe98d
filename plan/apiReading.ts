import type { FailClosed } from "../cluster/kubernetes/admission.ts";
import { apiErrorMessage, isAnswer } from "../cluster/kubernetes/apiError.ts";
import type { DeploymentRef } from "../cluster/kubernetes/deployment.ts";
import { type CreatedObject, KubernetesReader } from "../cluster/kubernetes/reader.ts";
import { orError } from "../cluster/kubernetes/unreadable.ts";
import { readServerVersion } from "../cluster/rancher/facts.ts";
import { type AddonKey, deployedNow } from "../cluster/rke/removedAddons.ts";

/** What a preview reads from the Kubernetes API, or why it could not be read. */
export interface ApiReading {
  kubernetes: { now: string } | { unknown: string };
  /** The image that the Rancher Deployment asks for. */
  rancherImage: { now: string } | { unknown: string };
  rancherSetting: { now: string } | { unknown: string };
  addons: { now: AddonKey[] } | { unknown: string };
  namespaces: CreatedObject[] | { unknown: string };
  workloads: CreatedObject[] | { unknown: string };
  rancherUsers: CreatedObject[] | { unknown: string };
  rancherClusters: CreatedObject[] | { unknown: string };
  webhooks: FailClosed[] | { unknown: string };
}

/** How long the API may take for its first answer, s: the node that the kubeconfig names may be the dead one. */
const FIRST_ANSWER_SECONDS = 5;

/** Reads the cluster through its API, and changes nothing. Errors that an operator can fix are part of the result. */
export async function readApi(kubeconfig: string, rancher: DeploymentRef): Promise<ApiReading> {
  try {
    // A kubeconfig that cannot be read is a result, too.
    const api = new KubernetesReader(kubeconfig);
    return await readAll(api, { now: await api.version(FIRST_ANSWER_SECONDS) }, rancher);
  } catch (error) {
    const unknown = { unknown: apiErrorMessage(error) };
    if (isAnswer(error)) return await readAll(new KubernetesReader(kubeconfig), unknown, rancher);
    return nothingFromApi(unknown);
  }
}

/** The reading of an API that was not asked, or did not answer. */
export function nothingFromApi(unknown: { unknown: string }): ApiReading {
  const versions = { kubernetes: unknown, rancherImage: unknown, rancherSetting: unknown };
  const objects = { namespaces: unknown, workloads: unknown, rancherUsers: unknown, rancherClusters: unknown };
  return { ...versions, addons: unknown, ...objects, webhooks: unknown };
}

async function readAll(
  api: KubernetesReader,
  kubernetes: ApiReading["kubernetes"],
  rancher: DeploymentRef,
): Promise<ApiReading> {
  const [rancherImage, rancherSetting, addons, namespaces, workloads, rancherUsers, rancherClusters, webhooks] =
    await Promise.all([
      orUnknown(async () => ({ now: (await api.rancher(rancher)).image ?? "unknown" })),
      orUnknown(async () => ({ now: await readServerVersion(api) })),
      orUnknown(async () => ({ now: await deployedNow(api) })),
      orUnknown(() => api.namespaces()),
      orUnknown(() => api.workloads()),
      orUnknown(() => api.ofRancher("users")),
      orUnknown(() => api.ofRancher("clusters")),
      orUnknown(() => api.failClosed(rancher)),
    ]);
  const objects = { namespaces, workloads, rancherUsers, rancherClusters };
  return { kubernetes, rancherImage, rancherSetting, addons, ...objects, webhooks };
}

async function orUnknown<T extends object>(read: () => Promise<T>): Promise<T | { unknown: string }> {
  const found = await orError(read);
  return "error" in found ? { unknown: found.error } : found;
}
