import { losing } from "./downstream.ts";
import type { Newer, RollbackPlan } from "./plan.ts";

/**
 * How the plan that the operator has read differs from the one of now, a sentence for each difference. Time, free space
 * and the like change on their own and do not matter for what was confirmed. What only one of them could tell by opening
 * the snapshot says nothing about the other. Nor do, of another host's copy, its time and what is counted by that.
 */
export function planDifferences(read: RollbackPlan, now: RollbackPlan): string[] {
  const [before, after] = [openedOn(read), openedOn(now)];
  const bothOrNone = (before === undefined) === (after === undefined);
  const sameCopy = before === after && isInnerTime(read) === isInnerTime(now);
  const facts = (plan: RollbackPlan): Record<string, string> => ({
    "the cluster": `${plan.cluster.name}, ${plan.cluster.file}`,
    "the snapshot": `${plan.snapshot.name}, ${plan.snapshot.bytes ?? "?"} bytes`,
    "the nodes that have it": plan.snapshot.provenOn.join(", ") || "none",
    ...(sameCopy && {
      "the snapshot's time": plan.snapshot.takenAt ?? "unknown",
      "the lost namespaces": countText(plan.lost.namespaces),
      "the lost workloads": countText(plan.lost.workloads),
      "the lost Rancher users": countText(plan.lost.rancherUsers),
      "the lost Rancher clusters": countText(plan.lost.rancherClusters),
    }),
    ...(bothOrNone && {
      "what is lost": exactText(plan.lost.exact),
      "what can lose data of downstream clusters": losingText(plan.downstream),
    }),
    "how etcd is restored": plan.restore?.way ?? "unknown",
    "the nodes": plan.nodes
      .map(({ name, address, unknown }) => `${name} ${address}${unknown ? " unknown" : ""}`)
      .join(", "),
    "etcd's members": String(plan.etcd.members ?? "unknown"),
    "the Rancher image": `${plan.rancher.now ?? "unknown"} → ${plan.rancher.after}`,
    Kubernetes: `${plan.kubernetes.now ?? "unknown"} → ${plan.kubernetes.after ?? "RKE's default"}`,
    "the failed checks": plan.failedChecks.map(({ message }) => message).join("; ") || "none",
    "the cluster file changes": plan.clusterFileDiff || "none",
  });
  const [was, is] = [facts(read), facts(now)];
  return Object.keys(was).flatMap((what) =>
    was[what] === is[what] ? [] : [`${what}: was ${was[what]}, now ${is[what]}`],
  );
}

/** RKE has each host save its own copy, one after the other where the database is large. */
function openedOn({ lost: { exact } }: RollbackPlan): string | undefined {
  return exact === undefined || "unknown" in exact ? undefined : exact.on;
}

/** Where the live etcd did not answer, the opened snapshot tells its time all the same. */
function isInnerTime({ snapshot: { holds } }: RollbackPlan): boolean {
  return holds?.takenAt !== undefined;
}

/** Kinds that people make: of others, objects come and go by themselves, as changes do in all of them. */
const BY_HAND = ["namespaces", "workloads", "volume claims"];

function exactText(exact: RollbackPlan["lost"]["exact"]): string {
  if (!exact || "unknown" in exact) return "unknown";
  const kinds = exact.kinds.filter(
    ({ kind, of, created, deleted }) =>
      (of === "Rancher" || BY_HAND.includes(kind)) && created.count + deleted.count > 0,
  );
  return (
    kinds
      .map(({ kind, created, deleted }) => `${kind}: ${created.count} created, ${deleted.count} deleted`)
      .sort()
      .join("; ") || "nothing created or deleted"
  );
}

function losingText(downstream: RollbackPlan["downstream"]): string {
  if (downstream?.unknown !== undefined) return "unknown";
  const lines = downstream?.clusters.flatMap((cluster) => {
    const hazards = losing(cluster).map(({ hazard }) => hazard);
    return hazards.length > 0 ? [`${cluster.name}: ${hazards.join(", ")}`] : [];
  });
  return lines?.sort().join("; ") || "nothing";
}

function countText(newer: Newer): string {
  return "unknown" in newer ? "unknown" : `${newer.count} (${newer.names.join(", ")})`;
}
