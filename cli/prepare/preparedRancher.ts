import { tagOf } from "../../cluster/image.ts";
import { KubernetesReader } from "../../cluster/kubernetes/reader.ts";
import { orError } from "../../cluster/kubernetes/unreadable.ts";
import type { SnapshotContent } from "../../cluster/opened/content.ts";
import { type Problem, type RemedyPart, setRemedy } from "../../cluster/problem.ts";
import { readAnswer } from "../../cluster/rancher/answer.ts";
import { troubleProblem } from "../../cluster/rancher/problems.ts";
import { namesVersion, refutesVersion } from "../../cluster/rancher/releases.ts";
import { type ListedSnapshot, snapshotOf } from "../../cluster/snapshot/list.ts";
import type { ClusterSettings } from "../../settings/settings.ts";
import { bucketsOf, listBucket } from "../bucket.ts";
import { snapshotNamed } from "../snapshotList.ts";
import type { WrittenSettings } from "../stackConfig.ts";

/**
 * The image of the Rancher that runs. None whose upgrade is under way or has failed: a way back to its data would replace
 * the way back to those before it. Where there is such a way, or pods are missing, Rancher itself must answer, too, as its
 * pods count as available without a probe.
 * @param earlier the snapshot that the stack's config names already, where there is one.
 */
export async function rancherToPrepare(
  { cluster, rancher }: ClusterSettings,
  earlier: string | undefined,
): Promise<{ image: string; warnings: Problem[] } | { failed: Problem[] }> {
  const name = `Deployment ${rancher.namespace}/${rancher.deployment}`;
  const unknown = "cannot determine the running Rancher version";
  const read = await orError(() => new KubernetesReader(cluster.kubeconfig).rancher(rancher));
  if ("error" in read) {
    const look = { text: "look at the cluster", command: "doctor" };
    const { message, remedy } = read.problem ?? { message: read.error, remedy: look };
    return { failed: [{ message: `${unknown}: ${message}`, remedy }] };
  }
  const { image = "", rolledOut, degraded, state } = read;
  // The setting rancherVersion takes no other.
  if (!namesVersion(tagOf(image) ?? "")) {
    const message = `${unknown}: the image of ${name} is ${image || "not set"}`;
    return {
      failed: [{ message, remedy: "give the Deployment an image whose tag names its version, such as v2.5.8" }],
    };
  }
  const upgraded = onceUpgraded("during an upgrade, wait until it has ended", earlier);
  const notRolledOut = `${name} with ${image} is not rolled out: ${state}`;
  const lookAtPods = `look at its pods: kubectl -n ${rancher.namespace} get pods -o wide`;
  if (!rolledOut && !degraded) return { failed: [{ message: notRolledOut, remedy: [lookAtPods, ...upgraded] }] };
  const { trouble } = rolledOut && earlier === undefined ? {} : await readAnswer(rancher);
  if (trouble) {
    const { message: why, remedy } = troubleProblem(rancher, trouble);
    const elsewhere = "where it serves, and this machine does not reach it, run prepare on one that does";
    const message = rolledOut
      ? `the way back to ${earlier} is not replaced, as Rancher does not serve: ${why}`
      : `${notRolledOut}, and Rancher does not serve: ${why}`;
    return { failed: [{ message, remedy: [remedy, elsewhere, ...upgraded] }] };
  }
  return { image, warnings: rolledOut ? [] : [{ message: `${notRolledOut}; Rancher serves`, remedy: lookAtPods }] };
}

/**
 * The snapshot that the stack's file names, where it is a way back: a host or a bucket has it. An example's is nowhere.
 * What cannot be known counts as one.
 */
export async function earlierWayBack(
  settings: ClusterSettings,
  { snapshot, snapshotSource }: WrittenSettings,
  listed: ListedSnapshot[],
): Promise<string | undefined> {
  if (snapshot === undefined || snapshotNamed(listed, snapshot)) return snapshot;
  if (snapshotSource !== undefined && settings.source?.kind !== "s3") return snapshot;
  const buckets = await Promise.all(bucketsOf(settings).map((bucket) => listBucket(settings, bucket)));
  const mayBeThere = buckets.some(
    (found) => "failed" in found || found.objects.some(({ name }) => name === snapshotOf(snapshot)),
  );
  return mayBeThere ? snapshot : undefined;
}

/** What speaks against the image as the one that belongs to the data of the opened snapshot. */
export function notOfImage(
  name: string,
  { rancher, rancherImage }: SnapshotContent,
  {
    image,
    acceptRancherVersion,
    earlier,
  }: { image: string; acceptRancherVersion?: string | undefined; earlier: string | undefined },
): Problem[] {
  const tag = tagOf(image) ?? "";
  const remedy = onceUpgraded("wait until the upgrade has ended", earlier);
  if (rancherImage !== undefined && tagOf(rancherImage) !== tag) {
    const message = `an upgrade has begun: before ${name} was saved, the Rancher Deployment asked for ${image}, and in it for ${rancherImage}`;
    return [{ message, remedy }];
  }
  if (rancher === undefined || acceptRancherVersion === tag || !refutesVersion(tag, rancher)) return [];
  const message = `the Rancher Deployment asks for ${image}, and Rancher ${rancher} wrote the data in ${name}`;
  const own = setRemedy(`only where that image calls itself ${rancher}`, "acceptRancherVersion", tag);
  return [{ message, remedy: [...remedy, own] }];
}

function onceUpgraded(wait: string, earlier: string | undefined): RemedyPart[] {
  const failed = "if it failed, roll back to";
  return [
    `${wait}, then run prepare again`,
    earlier === undefined ? `${failed} a snapshot from before it` : { text: `${failed} ${earlier}`, command: "apply" },
  ];
}
