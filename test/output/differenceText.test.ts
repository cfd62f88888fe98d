import { expect, test } from "vitest";
import { differenceText } from "../../output/differenceText.ts";
import type { PlanDifference } from "../../plan/plan.ts";

test.each<[PlanDifference, string]>([
  [
    { what: "lost-namespaces", was: { count: 0, names: [] }, now: { count: 1, names: ["mark-meanwhile"] } },
    "the lost namespaces: was 0 (), now 1 (mark-meanwhile)",
  ],
  [{ what: "lost-workloads", now: { count: 1, names: ["web"] } }, "the lost workloads: was unknown, now 1 (web)"],
  [{ what: "lost-rancher-users", was: { count: 0, names: [] } }, "the lost Rancher users: was 0 (), now unknown"],
  [
    { what: "snapshot", was: { name: "base" }, now: { name: "base", bytes: 7 } },
    "the snapshot: was base, ? bytes, now base, 7 bytes",
  ],
  [{ what: "snapshot-nodes", was: ["node1"], now: [] }, "the nodes that have it: was node1, now none"],
  [{ what: "lost", now: [] }, "what is lost: was unknown, now nothing created or deleted"],
  [
    { what: "losing-clusters", was: [], now: [{ name: "shop", hazards: ["kubernetes-changed"] }] },
    "what can lose data of downstream clusters: was nothing, now shop: kubernetes-changed",
  ],
  [
    {
      what: "nodes",
      was: [{ name: "node1", address: "10.0.0.1", isUnknown: false }],
      now: [{ name: "node1", address: "10.0.0.1", isUnknown: true }],
    },
    "the nodes: was node1 10.0.0.1, now node1 10.0.0.1 unknown",
  ],
  [
    { what: "kubernetes", was: { now: "v1.20.15" }, now: { after: "v1.21.1" } },
    "Kubernetes: was v1.20.15 → RKE's default, now unknown → v1.21.1",
  ],
  [
    { what: "failed-checks", was: [], now: [{ message: "no room", remedy: "" }] },
    "the failed checks: was none, now no room",
  ],
  [{ what: "cluster-file", was: "", now: "+ a node" }, "the cluster file changes: was none, now + a node"],
])("a difference in words: %j", (difference, text) => {
  expect(differenceText(difference)).toBe(text);
});
