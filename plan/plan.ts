import { z } from "zod";
import { downstreamSchema, HAZARDS } from "../cluster/downstream/schema.ts";
import { reasonSchema, WAYS } from "../cluster/inPlace/way.ts";
import { snapshotContentSchema } from "../cluster/opened/content.ts";
import { lossSchema } from "../cluster/opened/loss.ts";
import { failedCheckSchema, problemSchema, remedySchema } from "../cluster/problem.ts";
import { answeringVersionSchema } from "../cluster/rancher/answeringVersion.ts";
import { warningSchema } from "../messages/warnings.ts";

/** Objects of one kind that are newer than the snapshot: how many, and the first few by name; or why that is unknown. */
const counted = z.object({ count: z.int(), names: z.array(z.string()) });
const newer = z.union([counted, z.object({ unknown: z.string() })]);

/** What a rollback will do to the live cluster. `docs/plan.schema.json` is generated from it. */
export const planSchema = z.object({
  planVersion: z
    .literal(3)
    .describe(
      "3: values of enums are in kebab-case. 2: the warnings and the reasons of `restore` are data; in 1 they were sentences",
    ),
  readAt: z.iso.datetime().describe("when reading began"),
  notRead: z.string().optional().describe("why the live cluster was not read; then its current state is unknown"),
  cluster: z.object({ name: z.string(), file: z.string() }),
  snapshot: z.object({
    name: z.string(),
    run: z.int(),
    source: z.string().optional().describe("where nodes without it fetch it from"),
    sourceNotAsked: z
      .string()
      .optional()
      .describe(
        "the source in the settings, where an earlier run has fetched the snapshot and this one fetches nothing",
      ),
    takenAt: z.iso
      .datetime()
      .optional()
      .describe(
        "from inside, else from its name or the time of its file, the earliest on any node; absent where that is unknown",
      ),
    bytes: z.int().optional().describe("unpacked"),
    ofAnotherCluster: z
      .boolean()
      .optional()
      .describe("it does not contain this cluster's kube-system; absent where that is unknown"),
    holds: snapshotContentSchema.optional().describe("by opening it; absent where that was not possible"),
    provenOn: z.array(z.string()).describe("nodes on which it is intact, by its own hash"),
  }),
  lost: z.object({
    seconds: z.int().optional().describe("since the snapshot was taken"),
    namespaces: newer,
    workloads: newer,
    rancherUsers: newer,
    rancherClusters: newer,
    exact: z
      .union([lossSchema, z.object({ unknown: z.string() })])
      .optional()
      .describe(
        "by opening the snapshot: every change, also to what is older; where it is unknown, the counts above are by the time of creation. Absent in plans of earlier releases",
      ),
  }),
  downstream: downstreamSchema
    .optional()
    .describe("the clusters that Rancher manages, by opening the snapshot; absent in plans of earlier releases"),
  nodes: z.array(
    z.object({
      name: z.string(),
      address: z.string(),
      roles: z.array(z.string()),
      isNew: z.boolean().describe("a replacement node"),
      docker: z.string().optional(),
      clockSkewSeconds: z.int().optional().describe("ahead of the operator's machine"),
      freeMiB: z.object({ etcd: z.int(), snapshots: z.int() }).optional(),
      unknown: z.string().optional().describe("why its state is unknown"),
    }),
  ),
  replaced: z
    .array(
      z.object({
        unresponsive: z.string().describe("the node that is gone, as the settings name it"),
        node: z.string().describe("the name of the node that replaces it"),
        machine: z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("existing"), address: z.string() }),
          z
            .object({
              kind: z.literal("ec2"),
              instanceType: z.string(),
              user: z.string().optional().describe("who logs in; absent in plans of earlier releases"),
            })
            .describe("a new instance"),
        ]),
      }),
    )
    .describe("nodes that are replaced"),
  restore: z
    .object({
      way: z
        .enum(WAYS)
        .optional()
        .describe(
          "in-place: restored beside the live data, which are then exchanged; rename-back: the old data that an in-place restore has kept are renamed back; rke: RKE's own restore; absent where it depends on the cluster, which was not read",
        ),
      reasons: z.array(reasonSchema).describe("why it is this way, for `rke` why it is not in place"),
      oldDataKeptDays: z.int().optional().describe("for which each etcd host keeps etcd's old data"),
      expectedSeconds: z.int().describe("from when etcd stops until Rancher answers again"),
    })
    .optional()
    .describe("absent in plans of releases that knew RKE's own restore only"),
  etcd: z.object({ members: z.int().optional(), leader: z.string().optional(), problems: z.array(problemSchema) }),
  rancher: z.object({
    now: z.string().optional().describe("the image that the Deployment asks for"),
    stored: z
      .string()
      .optional()
      .describe("Rancher's setting server-version: the version that started last, also where the image was set since"),
    answers: z.union([
      answeringVersionSchema,
      z.object({ unknown: z.string().describe("why it does not answer"), remedy: remedySchema.optional() }),
    ]),
    after: z.string(),
  }),
  kubernetes: z.object({
    now: z.string().optional(),
    unknown: z.string().optional(),
    after: z
      .string()
      .optional()
      .describe("kubernetes_version in the cluster file, else RKE's own default; absent where RKE does not say that"),
    byDefault: z.literal(true).optional().describe("`after` is RKE's own default: the cluster file names none"),
  }),
  firstCertificateToExpire: z.object({ name: z.string(), node: z.string(), notAfter: z.iso.datetime() }).optional(),
  failedChecks: z.array(failedCheckSchema),
  warnings: z.array(warningSchema).describe("in words they are on the screen and in the report"),
  expectedSeconds: z.int(),
  pointOfNoReturn: z.discriminatedUnion("when", [
    z.object({ when: z.literal("exchange") }).describe("etcd's data are exchanged for the restored ones"),
    z.object({ when: z.literal("rename-back") }).describe("etcd's data are exchanged for the old ones"),
    z.object({ when: z.literal("cleaning") }).describe("RKE logs that it cleans the old cluster"),
    z
      .object({ when: z.literal("start"), rke: z.string().describe("its version") })
      .describe("RKE starts: this release logs nothing before it wipes"),
  ]),
  accepted: z.boolean().describe("acceptDataLossOf names this restore"),
  clusterFileDiff: z.string().describe("without secrets; empty where the file is not changed"),
});

/** A side that is absent is unknown there. */
function differs<W extends string, T extends z.ZodType>(what: W, value: T) {
  return z.object({ what: z.literal(what), was: value.optional(), now: value.optional() });
}

const { shape } = planSchema;
const versions = z.object({ now: z.string().optional(), after: z.string().optional() });

/** How the cluster, or what would be done to it, differs from what a preview has shown. */
export const differenceSchema = z.discriminatedUnion("what", [
  differs("cluster", shape.cluster),
  differs("snapshot", z.object({ name: z.string(), bytes: z.int().optional() })),
  differs("snapshot-nodes", z.array(z.string())).describe("the nodes that have the snapshot, whole"),
  differs("snapshot-time", z.iso.datetime()),
  differs("lost-namespaces", counted),
  differs("lost-workloads", counted),
  differs("lost-rancher-users", counted),
  differs("lost-rancher-clusters", counted),
  differs("lost", z.array(z.object({ kind: z.string(), created: z.int(), deleted: z.int() }))).describe(
    "of the kinds that people make, by opening the snapshot",
  ),
  differs("losing-clusters", z.array(z.object({ name: z.string(), hazards: z.array(z.enum(HAZARDS)) }))).describe(
    "the downstream clusters whose data can be lost",
  ),
  differs("restore-way", z.enum(WAYS)),
  differs("nodes", z.array(z.object({ name: z.string(), address: z.string(), isUnknown: z.boolean() }))),
  differs("etcd-members", z.int()),
  differs("rancher-image", versions),
  differs("kubernetes", versions),
  differs("failed-checks", z.array(failedCheckSchema)),
  differs("cluster-file", z.string()).describe("the changes to it"),
]);
export type PlanDifference = z.infer<typeof differenceSchema>;

export type RollbackPlan = z.infer<typeof planSchema>;
export type Newer = z.infer<typeof newer>;
