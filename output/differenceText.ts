import type { PlanDifference } from "../plan/plan.ts";

type Now<W extends PlanDifference["what"]> = NonNullable<Extract<PlanDifference, { what: W }>["now"]>;

const TEXTS: { [W in PlanDifference["what"]]: [what: string, text: (value: Now<W>) => string] } = {
  cluster: ["the cluster", ({ name, file }) => `${name}, ${file}`],
  snapshot: ["the snapshot", ({ name, bytes }) => `${name}, ${bytes ?? "?"} bytes`],
  "snapshot-nodes": ["the nodes that have it", (nodes) => nodes.join(", ") || "none"],
  "snapshot-time": ["the snapshot's time", String],
  "lost-namespaces": ["the lost namespaces", countText],
  "lost-workloads": ["the lost workloads", countText],
  "lost-rancher-users": ["the lost Rancher users", countText],
  "lost-rancher-clusters": ["the lost Rancher clusters", countText],
  lost: ["what is lost", lostText],
  "losing-clusters": ["what can lose data of downstream clusters", losingText],
  "restore-way": ["how etcd is restored", String],
  nodes: ["the nodes", (nodes) => nodes.map(nodeText).join(", ")],
  "etcd-members": ["etcd's members", String],
  "rancher-image": ["the Rancher image", ({ now, after }) => `${now ?? "unknown"} → ${after}`],
  kubernetes: ["Kubernetes", ({ now, after }) => `${now ?? "unknown"} → ${after ?? "RKE's default"}`],
  "failed-checks": ["the failed checks", (checks) => checks.map(({ message }) => message).join("; ") || "none"],
  "cluster-file": ["the cluster file changes", (changes) => changes || "none"],
};

/** How the cluster differs from what a preview has shown, as a sentence without its full stop. */
export function differenceText({ what, was, now }: PlanDifference): string {
  // Each text takes what its own difference has.
  const [label, text] = TEXTS[what] as [string, (value: unknown) => string];
  const known = (value: unknown) => (value === undefined ? "unknown" : text(value));
  return `${label}: was ${known(was)}, now ${known(now)}`;
}

function countText({ count, names }: Now<"lost-namespaces">): string {
  return `${count} (${names.join(", ")})`;
}

function lostText(kinds: Now<"lost">): string {
  const lines = kinds.map(({ kind, created, deleted }) => `${kind}: ${created} created, ${deleted} deleted`);
  return lines.join("; ") || "nothing created or deleted";
}

function losingText(clusters: Now<"losing-clusters">): string {
  return clusters.map(({ name, hazards }) => `${name}: ${hazards.join(", ")}`).join("; ") || "nothing";
}

function nodeText({ name, address, isUnknown }: Now<"nodes">[number]): string {
  return `${name} ${address}${isUnknown ? " unknown" : ""}`;
}
