import type { NodeReading } from "./nodeReading.ts";
import type { OpenedReading } from "./openedReading.ts";

/** The Kubernetes that the snapshot has: by RKE's state file in it, else by its nodes, without the rancher number. */
export function kubernetesHeld(nodes: NodeReading[], { content }: OpenedReading): string | undefined {
  const states = nodes.flatMap(({ inPlace }) =>
    inPlace && !("unreachable" in inPlace) && inPlace.snapshotState !== "none" ? (inPlace.snapshotState ?? []) : [],
  );
  return states.find(({ kubernetesVersion }) => kubernetesVersion)?.kubernetesVersion ?? content?.kubernetes;
}
