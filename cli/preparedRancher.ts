import { tagOf } from "../cluster/image.ts";
import { KubernetesReader } from "../cluster/kubernetes/reader.ts";
import type { SnapshotContent } from "../cluster/opened/content.ts";
import type { Problem } from "../cluster/problem.ts";
import { readAnswer } from "../cluster/rancher/answer.ts";
import { troubleProblem } from "../cluster/rancher/problems.ts";
import { namesVersion, refutesVersion } from "../cluster/rancher/releases.ts";
import { shellWord } from "../cluster/shell.ts";
import { orError } from "../cluster/unreadable.ts";
import { rerunCommand } from "../messages/commands.ts";
import type { ClusterSettings } from "../settings/settings.ts";

interface Asked {
  stack: string;
  /** The snapshot that the stack's config names already. */
  earlier?: string | undefined;
}

/**
 * The image of the Rancher that runs. None whose upgrade is under way or has failed: a way back to its data would replace
 * the way back to those before it. Where there is such a way, Rancher itself must answer, too, as its pods count as available
 * without a probe.
 */
export async function rancherToPrepare(
  { cluster, rancher }: ClusterSettings,
  { stack, earlier }: Asked,
): Promise<{ image: string } | { failed: Problem[] }> {
  const name = `Deployment ${rancher.namespace}/${rancher.deployment}`;
  const unknown = "cannot determine the running Rancher version";
  const read = await orError(() => new KubernetesReader(cluster.kubeconfig).rancher(rancher));
  if ("error" in read) {
    const look = `look at the cluster: rancher-rollback doctor --stack ${shellWord(stack)}`;
    const { message, remedy } = read.problem ?? { message: read.error, remedy: look };
    return { failed: [{ message: `${unknown}: ${message}`, remedy }] };
  }
  const { image = "", rolledOut, state } = read;
  // The setting rancherVersion takes no other.
  if (!namesVersion(tagOf(image) ?? "")) {
    const message = `${unknown}: the image of ${name} is ${image || "not set"}`;
    return {
      failed: [{ message, remedy: "give the Deployment an image whose tag names its version, such as v2.5.8" }],
    };
  }
  const remedy = onceUpgraded({ stack, earlier });
  if (!rolledOut) return { failed: [{ message: `${name} with ${image} is not rolled out: ${state}`, remedy }] };
  const { trouble } = earlier === undefined ? {} : await readAnswer(rancher);
  if (!trouble) return { image };
  const message = `the way back to ${earlier} is not replaced, as Rancher does not serve: ${troubleProblem(rancher, trouble).message}`;
  const elsewhere = "where it serves, and this machine does not reach it, run prepare on one that does";
  return { failed: [{ message, remedy: `${remedy}; ${elsewhere}` }] };
}

/** What speaks against the image as the one that belongs to the data of the opened snapshot. */
export function notOfImage(
  name: string,
  { rancher, rancherImage }: SnapshotContent,
  { image, acceptRancherVersion, ...asked }: Asked & { image: string; acceptRancherVersion?: string | undefined },
): Problem[] {
  const tag = tagOf(image) ?? "";
  const remedy = onceUpgraded(asked);
  if (rancherImage !== undefined && tagOf(rancherImage) !== tag) {
    const message = `an upgrade has begun meanwhile: before ${name} was saved, the Rancher Deployment asked for ${image}, and in it for ${rancherImage}`;
    return [{ message, remedy }];
  }
  if (rancher === undefined || acceptRancherVersion === tag || !refutesVersion(tag, rancher)) return [];
  const message = `the Rancher Deployment asks for ${image}, and Rancher ${rancher} wrote the data in ${name}`;
  const own = `only where that image calls itself ${rancher}`;
  return [
    { message, remedy: { text: `${remedy}; ${own}`, pulumi: `config set acceptRancherVersion ${shellWord(tag)}` } },
  ];
}

function onceUpgraded({ stack, earlier }: Asked): string {
  const back =
    earlier === undefined
      ? "roll back to a snapshot from before it"
      : `${rerunCommand({ stack, program: "rancher-rollback" })} rolls back to ${earlier}`;
  return `wait until its upgrade has ended, then run prepare again; if the upgrade failed, ${back}`;
}
