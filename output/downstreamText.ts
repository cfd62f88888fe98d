import type { CommonHazard, Downstream, DownstreamCluster, Hazard, Severity } from "../cluster/downstream/schema.ts";
import type { ChecklistState } from "../cluster/downstream/checklist.ts";
import { someNames } from "../cluster/text.ts";
import {
  ALWAYS,
  clusterText,
  commonHazardText,
  type HazardText,
  hazardText,
  SEVERITY_TEXT,
} from "../messages/hazards.ts";
import type { RollbackPlan } from "../plan/plan.ts";
import type { Item } from "./display/wrap.ts";

/** How many clusters have a line on the screen; the plan as JSON has all. */
const LINES = 12;
const NAMED = 8;

/** The downstream clusters on the screen: a line each for those with hazards. None for plans that do not know of them. */
export function downstreamLines({ downstream }: Pick<RollbackPlan, "downstream">): (string | Item)[] {
  if (!downstream) return [];
  const { clusters, common } = downstream;
  const affected = clusters.filter(({ hazards }) => hazards.length > 0);
  const lines = [
    ...affected.map(clusterLine),
    ...common.map((hazard) => `${SEVERITY_TEXT[hazard.severity]}, all clusters: ${commonHazardText(hazard).what}`),
  ];
  const more = lines.length - LINES;
  return [
    ...summary(downstream, affected.length),
    ...[...lines.slice(0, LINES), ...(more > 0 ? [`${more} more, see the plan as JSON`] : [])].map(
      (text): Item => ({ text, mark: "-" }),
    ),
  ];
}

function summary({ unknown, clusters }: Downstream, affected: number): string[] {
  const names = clusters.map(({ name }) => name);
  if (unknown !== undefined) {
    const held = names.length > 0 ? [`the snapshot has ${someNames(names.slice(0, NAMED), names.length)}`] : [];
    return [`unknown: ${unknown}`, ...held];
  }
  if (names.length === 0) return ["none"];
  const same = affected === 0 ? "none differs" : `${affected} ${affected === 1 ? "differs" : "differ"}`;
  return [`${names.length}, of which ${same} from the snapshot${affected > 0 ? ":" : ""}`];
}

function clusterLine(cluster: DownstreamCluster): string {
  const [first, ...others] = cluster.hazards;
  if (!first) return clusterText(cluster);
  const more = others.length > 0 ? `; ${others.length} more` : "";
  const accepted = first.severity === "data-loss" && cluster.accepted ? ", accepted" : "";
  const { what } = hazardText(first, cluster);
  return `${SEVERITY_TEXT[first.severity]}${accepted}, ${clusterText(cluster)}: ${what}${more}`;
}

/** The worst that is not accepted yet; undefined where nothing is wrong. */
export function worstOf({ downstream }: Pick<RollbackPlan, "downstream">): Severity | undefined {
  const all = [
    ...(downstream?.clusters.flatMap(({ hazards, accepted }) => (accepted ? [] : hazards)) ?? []),
    ...(downstream?.common ?? []),
  ].map(({ severity }) => severity);
  return (["data-loss", "work", "note"] as const).find((one) => all.includes(one));
}

const STANDING_TEXT: Record<ChecklistState["standing"], string> = { done: "done", open: "OPEN", unknown: "look" };

/** A line each; what is left to do is not repeated for what is done. */
export function checklistLines(states: ChecklistState[]): string[] {
  return states.map(({ cluster, hazard, standing }) => {
    const { what, after } = cluster ? hazardText(hazard as Hazard, cluster) : commonHazardText(hazard as CommonHazard);
    const left = standing === "done" || after === undefined ? "" : `; ${after}`;
    return `${STANDING_TEXT[standing]}  ${cluster ? clusterText(cluster) : "all clusters"}: ${what}${left}`;
  });
}

interface ChecklistItem extends Omit<HazardText, "what" | "will"> {
  who: string;
  severity?: Severity;
  /** Texts from the cluster are in it. */
  what: string;
  will?: string;
}

/** What to check for the downstream clusters, the most severe first; empty where nothing is known, or there are none. */
export function downstreamChecklist({ downstream }: Pick<RollbackPlan, "downstream">): ChecklistItem[] {
  if (!downstream || downstream.clusters.length === 0) return [];
  const all = "all clusters";
  return [
    ...downstream.clusters.flatMap((cluster) =>
      cluster.hazards.map((hazard) => ({
        who: clusterText(cluster),
        severity: hazard.severity,
        ...hazardText(hazard, cluster),
      })),
    ),
    ...downstream.common.map((hazard) => ({ who: all, severity: hazard.severity, ...commonHazardText(hazard) })),
    ...ALWAYS.map((what) => ({ who: all, what })),
  ];
}
