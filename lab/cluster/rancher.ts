import { writeFile } from "node:fs/promises";
import { rancherVersions } from "../docker/images.ts";
import { Problem } from "../machine/problem.ts";
import { type Progress, timed, waitFor } from "../machine/progress.ts";
import { kubectl, tryKubectl } from "./kubectl.ts";
import type { LabCluster } from "./labCluster.ts";
import { askRancher } from "./rancherApi.ts";
import { forms, namespace, ports, type RancherForm, rancherManifest } from "./rancherManifest.ts";

export function rancherUrlOf(address: string): string {
  return `https://${address}:${ports.https}`;
}

/**
 * Installs Rancher at a version, or brings it there, and waits until every pod answers with that version. Writes
 * Rancher's CA to `rancherCaFile`. A cluster has Rancher in one form: the other one is not taken away.
 */
export async function deployRancher(
  cluster: LabCluster,
  version: string,
  progress: Progress,
  form: RancherForm = "add-on",
): Promise<void> {
  mustBeKnown(version);
  await timed(progress, `cluster ${cluster.name}: Rancher ${version}`, async () => {
    await kubectl(cluster, ["apply", "-f", "-"], rancherManifest(form, version, cluster.rancherUrl));
    const name = `deployment/${forms[form].deployment}`;
    // The chart's readiness probe asks every 30 s, and its pods are replaced one after the other.
    const rollout = ["-n", namespace, "rollout", "status", name, "--timeout", "240s"];
    const done = await tryKubectl(cluster, ["--request-timeout", "0", ...rollout]);
    if (done.code === 0 && (await waitFor(() => saveCa(cluster), 60_000)) && (await settles(cluster, version))) return;
    const logs = await tryKubectl(cluster, ["-n", namespace, "logs", name, "--tail", "3"]);
    throw new Problem(
      `Rancher ${version} does not answer on ${cluster.rancherUrl}: ${done.stderr.trim()}\n${logs.stdout}`,
    );
  });
}

/** Sets the image and nothing else: an operator's upgrade, which may fail. */
export async function setRancherImage(cluster: LabCluster, version: string): Promise<void> {
  mustBeKnown(version);
  const { deployment, container } = forms["add-on"];
  const image = `${container}=rancher/rancher:${version}`;
  await kubectl(cluster, ["-n", namespace, "set", "image", `deployment/${deployment}`, image]);
}

/** The version of the pod that answers, or undefined when none answers or it is not healthy. */
export async function rancherVersion(cluster: LabCluster): Promise<string | undefined> {
  try {
    await askRancher(cluster, "/ping");
    const setting = JSON.parse(await askRancher(cluster, "/v3/settings/server-version")) as { value?: string };
    return setting.value;
  } catch {
    return undefined;
  }
}

/** What an operator would download from `/v3/settings/cacerts`. Says whether Rancher has written it. */
async function saveCa(cluster: LabCluster): Promise<boolean> {
  const setting = ["get", "settings.management.cattle.io", "cacerts", "-o", "jsonpath={.value}"];
  const { code, stdout } = await tryKubectl(cluster, setting);
  if (code !== 0 || stdout === "") return false;
  await writeFile(cluster.rancherCaFile, `${stdout}\n`);
  return true;
}

/** Each request reaches one pod or another, and not every form has a probe that says which one is there. */
async function settles(cluster: LabCluster, version: string): Promise<boolean> {
  return await waitFor(async () => (await rancherVersion(cluster)) === version, 90_000, 200, 8);
}

function mustBeKnown(version: string): void {
  if (rancherVersions.includes(version)) return;
  throw new Problem(
    `the lab has no Rancher ${version}, only ${rancherVersions.join(", ")} (v2.6.0 and v2.6.1 are upgrades that fail)`,
  );
}
