import { deployRancher, forgetRollbacks, kubectl, type LabCluster, type Progress } from "./cluster.ts";
import { askRancher } from "./rancherApi.ts";
import type { RancherForm } from "./rancherManifest.ts";

/** The users Rancher knows, by its own API, sorted. */
export async function users(cluster: LabCluster): Promise<string[]> {
  const { data } = JSON.parse(await askRancher(cluster, "/v3/users")) as { data: { username?: string }[] };
  return data.map(({ username }) => username || "(unreadable)").sort();
}

export async function addUser(cluster: LabCluster, username: string): Promise<void> {
  await askRancher(cluster, "/v3/users", { username });
}

/** Rancher at a version and without any data, whatever an upgrade or a rollback has made of it before. */
export async function freshRancher(
  cluster: LabCluster,
  version: string,
  progress: Progress,
  form?: RancherForm,
): Promise<void> {
  await forgetRollbacks(cluster);
  const ours = ["cattle-system", "cattle-global-data", "before-snapshot", "after-snapshot"];
  await kubectl(cluster, ["delete", "namespace", ...ours, "--ignore-not-found"]);
  // The lab's cluster file has no add-ons: where RKE has deployed some, its next run would delete them, Rancher included.
  await kubectl(cluster, ["-n", "kube-system", "delete", "job", "rke-user-addon-deploy-job", "--ignore-not-found"]);
  const kinds = (await kubectl(cluster, ["get", "crd", "-o", "name"]))
    .split("\n")
    .filter((name) => name.includes(".cattle.io"));
  if (kinds.length > 0) await kubectl(cluster, ["delete", ...kinds]);
  // Of a pod that is gone: nobody would lead for a whole lease.
  const lock = ["-n", "kube-system", "configmap,lease", "cattle-controllers"];
  await kubectl(cluster, ["delete", ...lock, "--ignore-not-found"]);
  await deployRancher(cluster, version, progress, form);
}

/** The namespaces of such names, sorted; by default those that a rehearsal makes. */
export async function namespaces(cluster: LabCluster, named = /^(before|after)-/): Promise<string[]> {
  const names = await kubectl(cluster, ["get", "namespaces", "-o", "jsonpath={.items[*].metadata.name}"]);
  return names
    .split(/\s+/)
    .filter((name) => named.test(name))
    .sort();
}
