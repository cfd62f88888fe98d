import { z } from "zod";
import { RESTORE_WITH, reasonSchema, WAYS } from "../../cluster/inPlace/way.ts";
import { deploymentSchema } from "../../cluster/kubernetes/deployment.ts";
import { safetyCopySchema } from "../../cluster/safetyCopy/report.ts";
import {
  askedLockSchema,
  preflightInput,
  preflightReport,
  request,
  safetyCopyInput,
  seconds,
  text,
} from "../contractParts.ts";

/** The restore's part of the contract (contract.ts): what it is given, and what it reports. */
export const restoreContract = {
  input: z.object({
    ...request,
    rke: text,
    silenceSeconds: seconds,
    rancher: deploymentSchema,
    lock: askedLockSchema,
    preflight: preflightInput,
    /** What the pre-flight checks proved, and when they ended. */
    proven: z.object({ ...preflightReport.shape, finishedAt: text }),
    /** Absent where the settings say to go without. */
    safetyCopy: safetyCopyInput.optional(),
    saved: z.object({ ...safetyCopySchema.shape, finishedAt: text }).optional(),
    restoreWith: z.enum(RESTORE_WITH),
    /** How etcd would be restored, as the operator was told; absent where that was not known. */
    expectedWay: z.enum(WAYS).optional(),
    keepOldDataDays: z.int(),
    /** Names of the nodes that are replaced. */
    replaced: z.array(text),
    /** Names of the nodes that are machines which take their place. */
    newNodes: z.array(text).optional(),
    /** The nodes that are given up, each with the name of the node that takes its place and has its keys. */
    givenUp: z
      .array(z.object({ name: text, address: text, port: z.int(), user: text, by: text, isCertain: z.boolean() }))
      .optional(),
  }),
  report: z.object({
    /** How etcd was restored; absent from steps of releases that knew RKE's own restore only. */
    way: z.enum(WAYS).optional(),
    /** Why it was this way. Those of another release may be others, and nothing but what is shown depends on them. */
    reasons: z.array(reasonSchema).optional().catch(undefined),
    /** Where each etcd host keeps the old data of a restore in place, in `old/member`, and until when, ISO 8601. */
    oldData: z.object({ id: text, path: text, until: text }).optional(),
    /** RKE's version. */
    rke: text,
    /** When RKE began to wipe the cluster, or when the data were exchanged in place; ISO 8601. */
    wipedAt: text.optional(),
    /** Warnings in RKE's log that are no failures. */
    warnings: z.number(),
    /** Path of RKE's log on the operator's machine; absent where RKE did not restore. */
    log: text.optional(),
    /** In place: the revisions were raised, so that watchers list again and need no restart. */
    bumped: z.boolean().optional(),
    /** The restore was done by an RKE that an earlier run had left behind. */
    adopted: z.boolean(),
    /** The whole cluster is built on the restored data, as the restore's own log shows: it needs no `rke up` to run. */
    built: z.boolean().optional(),
    safetyCopy: safetyCopySchema.optional(),
  }),
};
