import { z } from "zod";
import { type Connection, isWell } from "./connections.ts";
import {
  commonHazardSchema,
  type Downstream,
  type DownstreamCluster,
  downstreamClusterSchema,
  type Hazard,
  hazardSchema,
} from "./schema.ts";

/**
 * What has become of a hazard after the rollback, by the clusters that Rancher has now. `unknown`: those do not show it,
 * somebody must look.
 */
const STANDINGS = ["done", "open", "unknown"] as const;
type Standing = (typeof STANDINGS)[number];

/** @param now every cluster that Rancher manages. */
function standingOf(
  { hazard, severity, now: current }: Hazard,
  { id, name }: Pick<DownstreamCluster, "id" | "name">,
  now: Connection[],
): Standing {
  // One that was imported again has another id.
  if (hazard === "created") return now.some((one) => one.name === name && isWell(one)) ? "done" : "open";
  const found = now.find((one) => one.id === id);
  if (hazard === "deleted") return found ? "open" : "done";
  if (!found || !isWell(found)) return "open";
  if (hazard === "token-renewed" || hazard === "not-connected") return "done";
  // Newer agents connect as well, and where Rancher does not replace them, its list does not tell which they are.
  if (hazard === "agents-changed" && severity === "note") return "done";
  if (hazard === "kubernetes-changed" && found.wantedKubernetes !== undefined) {
    // The version that runs has no `-rancher1-1`.
    const wanted = [found.wantedKubernetes, found.wantedKubernetes.split("-")[0]];
    return wanted.includes(current) ? "done" : "open";
  }
  return "unknown";
}

export const checklistStateSchema = z.object({
  cluster: downstreamClusterSchema
    .pick({ id: true, name: true, kind: true })
    .optional()
    .describe("absent for what concerns all of them"),
  hazard: z.union([hazardSchema, commonHazardSchema]),
  standing: z.enum(STANDINGS).describe("unknown: Rancher's list of clusters does not show it; the operator must check"),
});
export type ChecklistState = z.infer<typeof checklistStateSchema>;

/** Each hazard of the plan of a rollback, and what has become of it, by the clusters that Rancher has now. */
export function checklistNow({ clusters, common }: Downstream, now: Connection[]): ChecklistState[] {
  return [
    ...clusters.flatMap(({ id, name, kind, hazards }) =>
      hazards.map((hazard) => ({
        ...{ cluster: { id, name, kind }, hazard, standing: standingOf(hazard, { id, name }, now) },
      })),
    ),
    ...common.map((hazard) => ({ hazard, standing: "unknown" as const })),
  ];
}
