import { apiErrorMessage, KubernetesReader, type Made } from "../cluster/kubernetes/reader.ts";
import type { DeploymentRef } from "../cluster/rancher/deployment.ts";
import { readServerVersion } from "../cluster/rancher/facts.ts";
import type { Newer } from "./plan.ts";

/** What a preview reads from the Kubernetes API, or why it could not be read. */
export interface ApiReading {
  kubernetes: { now: string } | { unknown: string };
  /** The image that the Rancher Deployment asks for. */
  rancherImage: { now: string } | { unknown: string };
  /** Rancher's setting `server-version`. */
  rancherSetting: { now: string } | { unknown: string };
  namespaces: Made[] | { unknown: string };
  workloads: Made[] | { unknown: string };
  rancherUsers: Made[] | { unknown: string };
  rancherClusters: Made[] | { unknown: string };
}

/** Reads the cluster through its API, and changes nothing. Errors that an operator can fix are part of the result. */
export async function readApi(kubeconfig: string, rancher: DeploymentRef): Promise<ApiReading> {
  // A kubeconfig that cannot be read is a result, too.
  const api = async () => new KubernetesReader(kubeconfig);
  const [kubernetes, rancherImage, rancherSetting, namespaces, workloads, rancherUsers, rancherClusters] =
    await Promise.all([
      orUnknown(async () => ({ now: await (await api()).version() })),
      orUnknown(async () => ({ now: (await (await api()).rancher(rancher)).image ?? "unknown" })),
      orUnknown(async () => ({ now: await readServerVersion(await api()) })),
      orUnknown(async () => (await api()).namespaces()),
      orUnknown(async () => (await api()).workloads()),
      orUnknown(async () => (await api()).ofRancher("users")),
      orUnknown(async () => (await api()).ofRancher("clusters")),
    ]);
  return { kubernetes, rancherImage, rancherSetting, namespaces, workloads, rancherUsers, rancherClusters };
}

const NAMED = 5;

/** Those that were created after a time, in ms since 1970: how many, and the first few. */
export function newerThan(made: Made[] | { unknown: string }, moment: number | undefined): Newer {
  if ("unknown" in made) return made;
  if (moment === undefined) return { unknown: "the time of the snapshot is unknown" };
  const found = made.filter(({ at }) => at > moment).map(({ name }) => name);
  return { count: found.length, names: found.sort().slice(0, NAMED) };
}

async function orUnknown<T>(read: () => Promise<T>): Promise<T | { unknown: string }> {
  try {
    return await read();
  } catch (error) {
    return { unknown: apiErrorMessage(error) };
  }
}
