import type { Newer, RollbackPlan } from "./plan.ts";

/**
 * What the operator has read and what is so now, a sentence for each thing that differs; empty when what was read still
 * holds. Time, free space and the like go on by themselves and change nothing of what is agreed to.
 */
export function planDifferences(read: RollbackPlan, now: RollbackPlan): string[] {
  const facts = (plan: RollbackPlan): Record<string, string> => ({
    "the cluster": `${plan.cluster.name}, ${plan.cluster.file}`,
    "the snapshot": `${plan.snapshot.name}, ${plan.snapshot.bytes ?? "?"} bytes, taken ${plan.snapshot.takenAt ?? "?"}`,
    "the nodes that hold it": plan.snapshot.provenOn.join(", ") || "none",
    "the namespaces that are lost": inWords(plan.lost.namespaces),
    "the workloads that are lost": inWords(plan.lost.workloads),
    "the Rancher users that are lost": inWords(plan.lost.rancherUsers),
    "the Rancher clusters that are lost": inWords(plan.lost.rancherClusters),
    "the nodes": plan.nodes
      .map(({ name, address, unknown }) => `${name} ${address}${unknown ? " unknown" : ""}`)
      .join(", "),
    "etcd's members": String(plan.etcd.members ?? "unknown"),
    "the Rancher image": `${plan.rancher.now ?? "unknown"} → ${plan.rancher.after}`,
    Kubernetes: `${plan.kubernetes.now ?? "unknown"} → ${plan.kubernetes.after ?? "RKE's default"}`,
    "the failed proofs": plan.failedChecks.map(({ message }) => message).join("; ") || "none",
    "the edit of the cluster file": plan.clusterFileDiff || "none",
  });
  const [before, after] = [facts(read), facts(now)];
  return Object.keys(before).flatMap((what) =>
    before[what] === after[what] ? [] : [`${what}: it was ${before[what]}, now it is ${after[what]}`],
  );
}

function inWords(newer: Newer): string {
  return "unknown" in newer ? "unknown" : `${newer.count} (${newer.names.join(", ")})`;
}
