import { valueIn } from "../cluster/clusterFile/rkeYaml.ts";
import type { Judged } from "../cluster/preflight/checks.ts";
import { takesAnyDocker } from "../cluster/rke/anyDocker.ts";
import type { Settings } from "../settings/settings.ts";
import type { ApiReading } from "./apiReading.ts";
import type { NodeReading } from "./nodeReading.ts";
import type { OpenedReading } from "./openedReading.ts";

/** What the preview judges the nodes by, as the pre-flight step does. @param clusterFile its text. */
export function judgedBy(
  { kubernetesVersion, rke }: Settings,
  { kubernetes }: ApiReading,
  clusterFile: string,
): Judged {
  const runs = kubernetesVersion ?? ("now" in kubernetes ? kubernetes.now : undefined);
  const anyDocker = takesAnyDocker(clusterFile, rke.version);
  const installs = valueIn(clusterFile, "kubernetes_version") ?? rke.defaultKubernetes;
  return {
    rke: rke.version,
    anyDocker,
    ...(runs !== undefined && { kubernetesVersion: runs }),
    ...(installs !== undefined && { installs }),
  };
}

/** The Kubernetes that the snapshot has: by RKE's state file in it, else by its nodes, without the rancher number. */
export function kubernetesHeld(nodes: NodeReading[], { content }: OpenedReading): string | undefined {
  const states = nodes.flatMap(({ inPlace }) =>
    inPlace && !("unreachable" in inPlace) && inPlace.snapshotState !== "none" ? (inPlace.snapshotState ?? []) : [],
  );
  return states.find(({ kubernetesVersion }) => kubernetesVersion)?.kubernetesVersion ?? content?.kubernetes;
}
