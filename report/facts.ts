import type { RollbackPlan } from "../plan/plan.ts";
import { etcdLine } from "../plan/screen.ts";
import type { RunRecord } from "../run/record.ts";

/** One thing of the cluster, before the run and after it. */
export interface Fact {
  name: string;
  before: string;
  after: string;
}

/** What the plan read of the cluster beside what was verified at the end; what was only planned is called so. */
export function factsOf({ plan, after }: RunRecord): Fact[] {
  const verified = new Map(Object.entries(after).map(([name, value]) => [name.toLowerCase(), value]));
  const planned = plan ? plannedFacts(plan) : [];
  const facts = planned.map(({ name, before, after: plannedAfter }) => {
    const found = verified.get(name.toLowerCase());
    verified.delete(name.toLowerCase());
    return {
      name,
      before,
      after: found ?? (plannedAfter ? `${plannedAfter} (planned, not verified)` : "not verified"),
    };
  });
  const more = Object.entries(after).filter(([name]) => verified.has(name.toLowerCase()));
  return [...facts, ...more.map(([name, value]) => ({ name, before: "not read", after: value }))];
}

function plannedFacts(plan: RollbackPlan): Fact[] {
  const { rancher, kubernetes, nodes, replaced } = plan;
  const staying = nodes.filter(({ isNew }) => !isNew);
  const unknown = staying.filter((node) => node.unknown !== undefined).map(({ name }) => name);
  const silent = unknown.length > 0 ? `; nothing is known of ${unknown.join(", ")}` : "";
  return [
    { name: "etcd", before: etcdLine(plan), after: "" },
    {
      name: "Rancher",
      before: `${rancher.now ?? "unknown"}, ${rancher.answers ? `answers with ${rancher.answers}` : "does not answer"}`,
      after: rancher.after,
    },
    {
      name: "Kubernetes",
      before: kubernetes.now ?? `unknown (${kubernetes.unknown ?? "not read"})`,
      after: kubernetes.after ?? "RKE's own default",
    },
    {
      name: "nodes",
      before: `${staying.length}: ${staying.map(({ name }) => name).join(", ")}${silent}`,
      after: replaced.length > 0 ? `${nodes.length}: ${nodes.map(({ name }) => name).join(", ")}` : "",
    },
  ];
}
