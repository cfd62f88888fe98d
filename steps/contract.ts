import { z } from "zod";
import { nodeSchema } from "../cluster/clusterFile/node.ts";
import { newNodeSchema } from "../cluster/clusterFile/nodeText.ts";
import { restoreRecordSchema } from "../cluster/history/restores.ts";
import { deploymentSchema } from "../cluster/kubernetes/deployment.ts";
import { safetyCopySchema } from "../cluster/safetyCopy/report.ts";
import { sourceSchema } from "../cluster/snapshot/source.ts";
import { verifiedSchema } from "../cluster/verification/verified.ts";
import { skipReason } from "../messages/stepEvents.ts";
import type { StepName } from "../messages/steps.ts";
import {
  askedLockSchema,
  lockSchema,
  preflightInput,
  preflightReport,
  request,
  rkeVersion,
  safetyCopyInput,
  seconds,
  text,
} from "./contractParts.ts";
import { evidenceReport, skippedReport } from "./earlierReports.ts";
import { restoreContract } from "./restore/restoreContract.ts";

const timing = {
  /** ISO 8601. */
  startedAt: text,
  finishedAt: text,
  seconds: z.number(),
};

const nodeRestart = z.object({
  node: text,
  /** The node's own clock when the step looked at it, ISO 8601. */
  clock: text,
  /** The earliest start, by the node's own clock, that every container must have now. */
  since: text,
  restarted: z.array(text),
  /** Names of Rancher's own containers: kubelet restarts them where their pods are still wanted. */
  stopped: z.array(text),
  /** Names of the containers that were left alone, as they had started on the restored data. */
  kept: z.array(text),
  /** Those of `kept` that had started before and have read the restored data again, as the revisions were raised. */
  ranThrough: z.array(text).optional(),
});
export type NodeRestart = z.infer<typeof nodeRestart>;
/** Of a step after the restore; absent from inputs of earlier releases. */
const lockAfterRestore = z.object({ ...askedLockSchema.shape, snapshot: text }).optional();

const verifyInput = z.object({
  rancher: z.object({ ...deploymentSchema.shape, image: text, version: text, url: text, caFile: text.optional() }),
  /** What the restart reported of each node, by its name: ISO 8601, by the node's own clock. */
  restarts: z.record(text, z.object({ clock: text, since: text, ranThrough: z.array(text).exactOptional() })),
  timeoutSeconds: seconds,
});

/**
 * Every step of a rollback: what it is given and what it reports. Both sides check: the step what it reads on standard
 * input, the component what the step has printed.
 */
export const CONTRACT = {
  "lock-id": { input: z.object({}), report: z.object({ id: text }) },
  lock: {
    input: z.object({ ...lockSchema.shape, ...request, breakLockOf: text.optional(), silenceSeconds: seconds }),
    report: z.object({
      ...lockSchema.shape,
      /** The restore was done before: nothing is to be restored, and nothing is locked. */
      restored: restoreRecordSchema.optional(),
    }),
  },
  "await-node": {
    input: z.object({
      node: nodeSchema,
      /** The cluster's, such as `v1.20.15-rancher2-2`: it decides which Docker RKE accepts. */
      kubernetesVersion: text,
      rkeVersion,
      s3cmd: z.boolean(),
      /** The machine is new and sets itself up by its user data: what it lacks it may only lack yet. */
      setsItselfUp: z.boolean(),
      /** The instance on EC2 that it is, and its resource. */
      instance: z.object({ id: text, urn: text }).optional(),
      timeoutSeconds: seconds,
    }),
    report: z.object({ node: text, address: text, docker: text.optional() }),
  },
  "pull-snapshot": {
    input: z.object({
      node: nodeSchema,
      source: sourceSchema,
      snapshot: text,
      sha256: text.optional(),
      /** The machine takes a node's place: what it has of that name may be another cluster's. */
      isNew: z.boolean().optional(),
      /** Which restore of the snapshot it is fetched for. */
      run: request.run.optional(),
      rkeVersion,
      timeoutSeconds: seconds,
    }),
    report: z.object({
      node: text,
      /** False where the node had it already, or where the restore was done before and needs it no more. */
      fetched: z.boolean(),
      /** Its file in /opt/rke/etcd-snapshots; absent where the restore was done before. */
      file: text.optional(),
      bytes: z.number().optional(),
      sha256: text.optional(),
      /** Files of that name that were not this snapshot, by the names under which they are kept. */
      kept: z.array(text),
    }),
  },
  "edit-cluster-file": {
    input: z.object({
      replacements: z.array(z.object({ unresponsive: text, node: newNodeSchema })),
    }),
    report: z.object({
      changed: z.boolean(),
      /** Where the files are kept as they were; absent where nothing was changed. */
      kept: z.object({ folder: text, clusterFile: text, stateFile: text.optional() }).optional(),
    }),
  },
  preflight: { input: preflightInput, report: preflightReport },
  "safety-copy": { input: safetyCopyInput, report: safetyCopySchema },
  restore: restoreContract,
  "rke-up": {
    input: z.object({
      rke: text,
      silenceSeconds: seconds,
      skip: skipReason.optional(),
      /** The Rancher that the rollback starts; absent in runs that an earlier release has begun. */
      rancher: z.object({ ...deploymentSchema.shape, image: text }).optional(),
      /** Present where `rke up` comes last: afterwards the cluster must be as it was verified before. */
      verify: verifyInput.optional(),
      lock: lockAfterRestore,
    }),
    report: z.object({
      skipped: skippedReport.optional(),
      /** RKE's version, its warnings and its log; absent where it did not run. */
      rke: text.optional(),
      warnings: z.number().optional(),
      log: text.optional(),
    }),
  },
  restart: {
    input: z.object({
      rancher: deploymentSchema,
      /** All nodes side by side, or one after the other. */
      order: z.enum(["parallel", "rolling"]),
      /** `auto` leaves alone what has started on the restored data. */
      restarts: z.enum(["auto", "always"]),
      /** When the old data began to go, by the operator's clock, ISO 8601; absent where that is not known. */
      wipedAt: text.optional(),
      /** The revisions of etcd were raised: what has watched through the restore lists again by itself. */
      bumped: z.boolean().optional(),
      timeoutSeconds: seconds,
      silenceSeconds: seconds,
      lock: lockAfterRestore,
    }),
    report: z.object({ nodes: z.array(nodeRestart) }),
  },
  "wait-for-api": {
    input: z.object({
      ...deploymentSchema.shape,
      /** The image that this step sets; absent where a resource sets it, by server-side apply. */
      image: text.optional(),
      timeoutSeconds: seconds,
      silenceSeconds: seconds,
      lock: lockAfterRestore,
      /** Present where Rancher needs the service-account tokens that its clusters had before the restore. */
      tokens: z
        .object({
          lock: lockSchema,
          /** The safety copy's folder; absent where none was saved. */
          folder: text.optional(),
        })
        .optional(),
    }),
    report: z.object({
      /** The image that the step has set, or found to be set; absent where it was not asked to. */
      patched: text.optional(),
      /** Ids of the clusters that got their service-account tokens back. */
      tokensOf: z.array(text).optional(),
      /** The API server that answered. */
      server: text,
      /** The image that the restored Deployment asks for. */
      imageBefore: text,
    }),
  },
  verify: {
    input: verifyInput,
    report: verifiedSchema.extend({
      verified: z.literal(true),
      rancherEvidence: evidenceReport,
      image: text,
    }),
  },
  unlock: {
    input: lockSchema.extend({ taken: askedLockSchema.shape.taken.optional() }),
    report: z.object({
      id: text,
    }),
  },
} as const satisfies Record<StepName, { input: z.ZodType; report: z.ZodType }>;

export type { StepName };
export type StepInput<N extends StepName> = z.infer<(typeof CONTRACT)[N]["input"]>;
/** When a step ran and what it did. */
export type StepReport<N extends StepName> = z.infer<(typeof CONTRACT)[N]["report"]>;
export type Timing = z.infer<z.ZodObject<typeof timing>>;

export const contextSchema = z.object({
  /** The resource's name in the program, such as `rke-up`. */
  resource: text,
  /** The engine's name of the Pulumi stack. */
  stack: text,
  clusterFile: text,
  hostKeys: z.object({ knownHostsFile: text.exactOptional(), allowUnknown: z.boolean() }),
});
export type StepContext = z.infer<typeof contextSchema>;

export const requestSchema = z.object({
  step: z.enum(Object.keys(CONTRACT) as [StepName, ...StepName[]]),
  context: contextSchema,
  input: z.unknown(),
});

/** What a step has printed → its report. @throws Error when it is not what the contract says. */
export function parseReport<N extends StepName>(step: N, printed: string): StepReport<N> & Timing {
  const value: unknown = JSON.parse(printed);
  const report = (CONTRACT[step].report as z.ZodObject).loose();
  return { ...z.object(timing).parse(value), ...report.parse(value) } as StepReport<N> & Timing;
}
