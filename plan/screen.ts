import { answeringInWords } from "../cluster/rancher/problems.ts";
import { type Audience, remedyText } from "../messages/commands.ts";
import type { Newer, RollbackPlan } from "./plan.ts";

/**
 * The plan as one screen of plain text, the most important first. `json` is where it is to be had as JSON, `confirm` how
 * the operator's word is given.
 */
export function planScreen(
  plan: RollbackPlan,
  audience: Audience,
  { json, confirm }: { json: string; confirm: string },
): string {
  const rows: [string, string[]][] = [
    ["cluster", [`${plan.cluster.name}, from ${plan.cluster.file}`]],
    ["snapshot", snapshotLines(plan)],
    ["lost", lostLines(plan)],
    ["replaced", plan.replaced],
    ["wiped, restored", plan.nodes.map(nodeLine)],
    ["etcd now", [etcdLine(plan)]],
    ["Rancher", rancherLines(plan)],
    ["Kubernetes", [kubernetesLine(plan)]],
    ["certificates", certificateLines(plan)],
    ["WARNING", plan.warnings],
    [
      "PROOF FAILED",
      plan.failedChecks.flatMap(({ message, remedy }) => [message, `  → ${remedyText(remedy, audience)}`]),
    ],
    ["takes", [`about ${Math.round(plan.expectedSeconds / 60)} minutes, as on the lab; longer on slower machines`]],
    ["as JSON", [json]],
    ["no way back", [`from ${plan.pointOfNoReturn}`]],
    ["not confirmed", plan.accepted ? [] : [confirm]],
  ];
  return [
    "",
    "THIS ROLLBACK WILL DESTROY DATA (nothing is done yet)",
    ...rows.flatMap(([label, lines]) => lines.map((line, at) => `  ${(at === 0 ? label : "").padEnd(16)} ${line}`)),
    ...(plan.clusterFileDiff ? ["", ...plan.clusterFileDiff.split("\n").map((line) => `  ${line}`)] : []),
    "",
  ].join("\n");
}

export function snapshotLines({ snapshot }: RollbackPlan): string[] {
  const { name, run, takenAt, bytes, provenOn, source } = snapshot;
  const unknown = provenOn.length > 0 ? ", age unknown" : "";
  const age = takenAt ? `, taken ${takenAt.replace(/\.\d+Z$/, "Z")}` : unknown;
  const size = bytes === undefined ? "" : `, ${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return [
    `${name}${run > 1 ? ` (run ${run})` : ""}${age}${size}`,
    provenOn.length > 0 ? `proven on ${provenOn.join(", ")}` : "proven on no node yet",
    ...(source ? [`fetched from ${source} where a node lacks it`] : []),
  ];
}

function lostLines({ lost }: RollbackPlan): string[] {
  const { all, kinds } = lostInWords(lost);
  return [`${all}; among them, made since:`, ...kinds.map(([kind, newer]) => `  ${kind}: ${newer}`)];
}

/** All that is lost in one sentence, and by kind what of it is known by name. */
export function lostInWords(lost: RollbackPlan["lost"]): { all: string; kinds: [kind: string, newer: string][] } {
  const since = lost.seconds === undefined ? "since that snapshot was taken" : `of the last ${duration(lost.seconds)}`;
  return {
    all: `every change ${since}, in Rancher and in Kubernetes`,
    kinds: [
      ["namespaces", newerInWords(lost.namespaces)],
      ["workloads", newerInWords(lost.workloads)],
      ["Rancher users", newerInWords(lost.rancherUsers)],
      ["Rancher clusters", newerInWords(lost.rancherClusters)],
    ],
  };
}

function newerInWords(newer: Newer): string {
  if ("unknown" in newer) return `unknown (${newer.unknown})`;
  if (newer.count === 0) return "none";
  const more = newer.count - newer.names.length;
  return `${newer.count} (${newer.names.join(", ")}${more > 0 ? ` and ${more} more` : ""})`;
}

function nodeLine({ name, address, roles, isNew, docker, freeMiB, unknown }: RollbackPlan["nodes"][number]): string {
  const who = `${name} (${name === address ? "" : `${address}, `}${roles.join(" ")})`;
  if (isNew) return `${who} is new`;
  if (unknown) return `${who} UNKNOWN: ${unknown}`;
  return `${who} Docker ${docker ?? "?"}${freeMiB ? `, free ${(freeMiB.etcd / 1024).toFixed(1)} GiB` : ""}`;
}

export function etcdLine({ etcd }: RollbackPlan): string {
  if (etcd.members === undefined) return "does not answer, see the warnings";
  const health = etcd.problems.length === 0 ? "healthy" : `${etcd.problems.length} problems, see the warnings`;
  return `${etcd.members} members, leader ${etcd.leader ?? "none"}, ${health}`;
}

function rancherLines({ rancher: { now, after, answers } }: RollbackPlan): string[] {
  return [
    `${now ?? "unknown"} → ${after}`,
    "unknown" in answers ? answers.unknown : `now ${answeringInWords(answers)}`,
  ];
}

function kubernetesLine({ kubernetes: { now, unknown, after } }: RollbackPlan): string {
  return `${now ?? `unknown (${unknown})`} → ${after ?? "RKE's own default, as the cluster file names no kubernetes_version"}`;
}

function certificateLines({ firstCertificateToExpire: first }: RollbackPlan): string[] {
  return first ? [`the first to expire is ${first.name} on ${first.node}, ${first.notAfter.slice(0, 10)}`] : [];
}

/** `3 h 20 min`, or in days when it is longer. */
export function duration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days > 0) return `${days} days ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}
