import type { RollbackPlan } from "../../plan/plan.ts";
import type { RunRecord } from "../../run/record.ts";
import { etcdText, kubernetesText, rancherText } from "../planText.ts";
import { type FactName, verifiedTexts } from "../verifiedText.ts";
import type { Verdict } from "./verdict.ts";

export interface Fact {
  name: FactName;
  before: string;
  after?: string;
}

/** What was read for the plan, and what was verified at the end; marked where it was only planned. */
export function factsOf({ plan, after }: RunRecord, { pointOfNoReturn }: Verdict): Fact[] {
  const wiped = pointOfNoReturn.wiped !== false;
  const verified = verifiedTexts(after);
  const planned = plan ? plannedFacts(plan) : [];
  const facts = planned.map(({ name, before, after: expected }) => {
    const found = verified.find((one) => one.name === name)?.text;
    const known =
      found ?? (wiped ? `${expected ? `${expected} planned, ` : ""}not verified` : expected && `${expected} planned`);
    return { name, before, ...(known !== undefined && { after: known }) };
  });
  const more = verified.filter(({ name }) => !planned.some((one) => one.name === name));
  return [...facts, ...more.map(({ name, text }) => ({ name, before: "not read", after: text }))];
}

function plannedFacts(plan: RollbackPlan): Fact[] {
  const { rancher, nodes, replaced } = plan;
  const running = rancherText(plan);
  const versions = kubernetesText(plan);
  const staying = nodes.filter(({ isNew }) => !isNew);
  const unknown = staying.filter((node) => node.unknown !== undefined).map(({ name }) => name);
  const silent = unknown.length > 0 ? `; no data from ${unknown.join(", ")}` : "";
  return [
    { name: "etcd", before: etcdText(plan) },
    { name: "Rancher", before: `${running.image}, ${running.answers}`, after: rancher.after },
    { name: "Kubernetes", before: versions.now, after: versions.after },
    {
      name: "nodes",
      before: `${staying.length}: ${staying.map(({ name }) => name).join(", ")}${silent}`,
      ...(replaced.length > 0 && { after: `${nodes.length}: ${nodes.map(({ name }) => name).join(", ")}` }),
    },
  ];
}

export function factsTitle({ after }: RunRecord): string {
  return after ? "Before and after" : "Before and planned";
}
