import semver from "semver";
import { readText } from "../clusterFile/encoding.ts";
import { Fields } from "../clusterFile/fields.ts";
import { valueIn } from "../clusterFile/rkeYaml.ts";
import type { KubernetesReader } from "../kubernetes/reader.ts";
import { type Problem, setRemedy } from "../problem.ts";
import { shellWord } from "../shell.ts";
import { deletesRemovedAddons, type RkeVersion } from "./version.ts";

/** By the key of the cluster file, the ConfigMap in which RKE keeps its add-on, and of which its job has the name (v1.8.0: cluster/addons.go). */
const CONFIG_MAPS = { addons: "rke-user-addon", addons_include: "rke-user-includes-addons" } as const;
/** A key of the cluster file that brings add-ons. */
export type AddonKey = keyof typeof CONFIG_MAPS;
const KEYS = Object.keys(CONFIG_MAPS) as AddonKey[];

/** What RKE has deployed in a snapshot, by the keys of its etcd: the jobs by which it has done so stay there. */
export function deployedIn(keys: { has: (key: string) => boolean }): AddonKey[] {
  return KEYS.filter((key) => keys.has(`/registry/jobs/kube-system/${jobOf(key)}`));
}

/** What RKE has deployed in a cluster, by its API. @param seconds to wait for the answer. */
export async function deployedNow(api: Pick<KubernetesReader, "jobs">, seconds?: number): Promise<AddonKey[]> {
  const jobs = await api.jobs("kube-system", seconds);
  return KEYS.filter((key) => jobs.includes(jobOf(key)));
}

function jobOf(key: AddonKey): string {
  return `${CONFIG_MAPS[key]}-deploy-job`;
}

/** The keys under which a cluster file has add-ons. @throws ClusterFileError where it cannot be read. */
function addonKeysIn(source: string): AddonKey[] {
  return KEYS.filter((key) =>
    key === "addons" ? valueIn(source, key) !== undefined : Fields.read(source).texts(key).length > 0,
  );
}

/**
 * Releases of RKE whose every run deletes what the add-ons of the cluster file have made, and deploys it again: v1.3.10 to
 * v1.3.13 by rancher#38876 (rke#2900), and those up to the first with the fix (rke#3033, rke#3042).
 */
const DELETES_ADDONS = ">=1.3.10-0 <1.3.15-rc1";

/** Add-ons of the cluster file that RKE would delete before it deploys them again. @throws ClusterFileError where the cluster file cannot be read. */
export function remadeAddons(clusterFile: string, { text }: RkeVersion): Problem[] {
  if (!semver.satisfies(text, DELETES_ADDONS, { includePrerelease: true })) return [];
  const keys = addonKeysIn(readText(clusterFile).text);
  if (keys.length === 0) return [];
  return [
    {
      message: `RKE ${text} deletes what ${keys.join(" and ")} in the cluster file has made, also namespaces with all in them, before it deploys it again: on the restored data too`,
      remedy: setRemedy("use RKE v1.3.15 or later of v1.3", "rkePath", "./rke_linux-amd64"),
    },
  ];
}

interface Deployed {
  /** What it is deployed in, such as the snapshot's name. */
  where: string;
  deployed: AddonKey[];
}

/**
 * Add-ons that were taken out of the cluster file since: where RKE finds their job and no such key, it deletes every object of
 * the ConfigMap, also namespaces with all in them (v1.3.15 and v1.8.0: cluster/addons.go, deployUserAddOns, doAddonDelete;
 * templates/, AddonJobTemplate). Rancher's documentation tells to take them out once Rancher is moved to Helm (docs#898).
 * @throws ClusterFileError where the cluster file cannot be read.
 */
export function removedAddons(
  { path, kubeconfig }: { path: string; kubeconfig: string },
  version: RkeVersion,
  { where, deployed }: Deployed,
): Problem[] {
  if (!deletesRemovedAddons(version)) return [];
  const written = addonKeysIn(readText(path).text);
  return deployed
    .filter((key) => !written.includes(key))
    .map((key) => ({
      message: `in ${where} RKE has deployed ${key}, which the cluster file no longer has: its next \`rke up\`, also that of this rollback, deletes all that this add-on has made, such as Rancher and its namespace`,
      remedy: `put ${key} back into the cluster file: as it was then, with the Rancher image that is to run; or, where nothing of it is wanted, with one object that harms nobody, such as an empty ConfigMap, and RKE deletes nothing. Its text may still be in the cluster: kubectl --kubeconfig ${shellWord(kubeconfig)} -n kube-system get configmap ${CONFIG_MAPS[key]} -o yaml`,
    }));
}
