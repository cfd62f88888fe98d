import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";

/** What keeps a pod from running, in the words of Kubernetes; undefined where nothing does yet. */
export function podTrouble({ metadata, status }: V1Pod): string | undefined {
  const unmet = status?.conditions?.find(
    ({ type, status: met, message }) => met === "False" && message && ["PodScheduled", "Ready"].includes(type),
  );
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const reasons = containers.map(containerTrouble).filter((reason) => reason !== undefined);
  if (reasons.length === 0 && unmet?.type !== "PodScheduled") return undefined;
  const words = [unmet?.message, ...reasons].filter(Boolean).join(" -- ");
  return `[Pod ${metadata?.namespace}/${metadata?.name}]: ${words}`;
}

/** Part of every start, and no trouble. */
const STARTING = ["ContainerCreating", "PodInitializing"];

function containerTrouble({ state, lastState }: V1ContainerStatus): string | undefined {
  const { waiting } = state ?? {};
  if (waiting?.reason && !STARTING.includes(waiting.reason)) {
    const ended = lastState?.terminated ? ` (last exit code ${lastState.terminated.exitCode})` : "";
    return `[${waiting.reason}] ${waiting.message ?? ""}${ended}`;
  }
  const ended = state?.terminated;
  return ended && ended.exitCode !== 0 ? `[${ended.reason}] exit code ${ended.exitCode}` : undefined;
}
