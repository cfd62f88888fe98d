import { kubectl, type LabCluster } from "../../lab/cluster/cluster.ts";
import { tryKubectl } from "../../lab/cluster/kubectl.ts";
import { waitFor } from "../../lab/machine/progress.ts";

export const MANAGEMENT = "management.cattle.io";

/** A kind of Rancher's that the lab's stand-in for Rancher does not have. */
export type RancherKind = readonly [
  group: string,
  version: string,
  kind: string,
  plural: string,
  isNamespaced: boolean,
];

/** As kubectl calls them. */
export function pluralsOf(kinds: readonly RancherKind[]): string[] {
  return kinds.map(([group, , , plural]) => `${plural}.${group}`);
}

/** Makes the cluster serve these kinds, beside those that it serves already. */
export async function define(cluster: LabCluster, kinds: readonly RancherKind[]): Promise<void> {
  await apply(cluster, kinds.map(definition));
  // The API serves a kind some moments after it has been defined.
  let said = "";
  const served = async () => {
    const { code, stderr } = await tryKubectl(cluster, ["get", pluralsOf(kinds).join()]);
    said = stderr.trim();
    return code === 0;
  };
  if (!(await waitFor(served, 60_000, 1000))) throw new Error(`Rancher's kinds are not served: ${said}`);
}

/** Deletes these kinds and their objects, and namespaces in which there are some. */
export async function forget(
  cluster: LabCluster,
  namespaces: readonly string[],
  kinds: readonly RancherKind[],
): Promise<void> {
  // In this order: a namespace waits for objects whose kind has just gone.
  await kubectl(cluster, ["delete", "namespace", ...namespaces, "--ignore-not-found"]);
  await kubectl(cluster, ["delete", "crd", ...pluralsOf(kinds), "--ignore-not-found"]);
}

export async function apply(cluster: LabCluster, items: object[]): Promise<void> {
  await kubectl(cluster, ["apply", "-f", "-"], listOf(items));
}

export async function create(cluster: LabCluster, items: object[]): Promise<void> {
  await kubectl(cluster, ["create", "-f", "-"], listOf(items));
}

function listOf(items: object[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** A kind that takes anything, as Rancher's own do. */
function definition([group, version, kind, plural, isNamespaced]: RancherKind): object {
  const openAPIV3Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: isNamespaced ? "Namespaced" : "Cluster",
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}
