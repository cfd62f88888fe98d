import { z } from "zod";

/** What can happen to a cluster that Rancher manages when Rancher's state is restored; docs/downstream.md describes each. */
export const HAZARDS = [
  "created",
  "deleted",
  "kubernetes-changed",
  "custom-nodes-added",
  "pool-nodes-added",
  "nodes-removed",
  "nodes-recreated",
  "pools-changed",
  "encryption-key-rotated",
  "certificates-rotated",
  "rke-state-changed",
  "token-renewed",
  "join-token-changed",
  "repeats-operation",
  "operation-running",
  "agents-freeze",
  "agents-changed",
  "not-connected",
  "projects-created",
  "fleet-uninstalls",
] as const;

/** `data-loss` must be accepted by name; `work` needs somebody before or after; `note` resolves by itself. */
export const SEVERITIES = ["data-loss", "work", "note"] as const;

const about = {
  severity: z.enum(SEVERITIES),
  names: z.array(z.string()).optional().describe("of nodes, pools, settings or the like"),
  snapshot: z.string().optional().describe("what the snapshot has of it"),
  now: z.string().optional(),
};

export const hazardSchema = z.object({ hazard: z.enum(HAZARDS), ...about });
/** What can happen to all of them. */
export const commonHazardSchema = z.object({
  hazard: z.enum(["fleet-changed", "address-changed", "rancher-backup-used"]),
  ...about,
});

export const sideSchema = z.object({
  kubernetes: z.string().optional().describe("the version that runs, as Rancher last saw it"),
  wantedKubernetes: z.string().optional().describe("the version that Rancher is asked for"),
  agentImage: z.string().optional(),
  nodes: z.array(z.string()),
  replacesNodes: z.boolean().describe("Rancher makes new machines in the place of those that stay unready"),
  encryptsSecrets: z.boolean(),
  isBeingDeleted: z.boolean(),
});

/** A cluster that Rancher manages, in the snapshot and now. */
export const downstreamClusterSchema = z.object({
  id: z.string().describe("such as c-abc12"),
  name: z.string(),
  kind: z
    .enum(["rke1", "provisioned", "other"])
    .describe("rke1: Rancher runs RKE for it; provisioned: by Rancher as RKE2 or k3s; other: imported or hosted"),
  snapshot: sideSchema.optional().describe("absent where the snapshot does not have it"),
  now: sideSchema.optional().describe("absent where it is gone, or where the live data cannot be read"),
  hazards: z.array(hazardSchema).describe("the most severe first"),
  accepted: z.boolean().describe("acceptHazardsOf names it for this restore"),
});

export const leftOutSchema = z.object({
  resource: z.string().describe("as kubectl names it, such as nodes.management.cattle.io"),
  of: z.string().optional().describe("the cluster that they belong to, else their namespace"),
  count: z.int(),
});
export type LeftOut = z.infer<typeof leftOutSchema>;

export const downstreamSchema = z.object({
  unknown: z
    .string()
    .optional()
    .describe("why it is unknown; the clusters are then those of the snapshot, with what it says by itself"),
  clusters: z.array(downstreamClusterSchema).describe("those with hazards, the most severe first, then the others"),
  common: z.array(commonHazardSchema),
  notCompared: z
    .array(leftOutSchema)
    .optional()
    .describe("where Rancher has too many: hazards of these may be missing; absent where all were compared"),
});

export type Hazard = z.infer<typeof hazardSchema>;
export type CommonHazard = z.infer<typeof commonHazardSchema>;
export type Severity = Hazard["severity"];
export type DownstreamSide = z.infer<typeof sideSchema>;
export type DownstreamCluster = z.infer<typeof downstreamClusterSchema>;
export type Downstream = z.infer<typeof downstreamSchema>;
