import type { PlanDifference } from "../plan/plan.ts";

/** How the cluster differs from what a preview has shown, as a sentence without its full stop. */
export function differenceText(difference: PlanDifference): string {
  const row = (what: string, was: string, now: string) => `${what}: was ${was}, now ${now}`;
  switch (difference.what) {
    case "cluster":
      return row("the cluster", ...both(difference, ({ name, file }) => `${name}, ${file}`));
    case "snapshot":
      return row("the snapshot", ...both(difference, ({ name, bytes }) => `${name}, ${bytes ?? "?"} bytes`));
    case "snapshot-nodes":
      return row("the nodes that have it", ...both(difference, (nodes) => nodes.join(", ") || "none"));
    case "snapshot-time":
      return row("the snapshot's time", ...both(difference, String));
    case "lost-namespaces":
      return row("the lost namespaces", ...both(difference, countText));
    case "lost-workloads":
      return row("the lost workloads", ...both(difference, countText));
    case "lost-rancher-users":
      return row("the lost Rancher users", ...both(difference, countText));
    case "lost-rancher-clusters":
      return row("the lost Rancher clusters", ...both(difference, countText));
    case "lost":
      return row("what is lost", ...both(difference, lostText));
    case "losing-clusters":
      return row("what can lose data of downstream clusters", ...both(difference, losingText));
    case "restore-way":
      return row("how etcd is restored", ...both(difference, String));
    case "nodes":
      return row("the nodes", ...both(difference, (nodes) => nodes.map(nodeText).join(", ")));
    case "etcd-members":
      return row("etcd's members", ...both(difference, String));
    case "rancher-image":
      return row("the Rancher image", ...both(difference, ({ now, after }) => `${now ?? "unknown"} → ${after}`));
    case "kubernetes":
      return row(
        "Kubernetes",
        ...both(difference, ({ now, after }) => `${now ?? "unknown"} → ${after ?? "RKE's default"}`),
      );
    case "failed-checks":
      return row(
        "the failed checks",
        ...both(difference, (checks) => checks.map(({ message }) => message).join("; ") || "none"),
      );
    case "cluster-file":
      return row("the cluster file changes", ...both(difference, (changes) => changes || "none"));
  }
}

function both<T>({ was, now }: { was?: T | undefined; now?: T | undefined }, text: (value: T) => string) {
  const known = (value: T | undefined) => (value === undefined ? "unknown" : text(value));
  return [known(was), known(now)] as const;
}

type Now<W extends PlanDifference["what"]> = NonNullable<Extract<PlanDifference, { what: W }>["now"]>;

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
