import { z } from "zod";
import { noticeSchema } from "../cluster/problem.ts";
import { failureSchema } from "./failure.ts";

/** Set in the environment of the steps that `rancher-rollback` runs: the file that steps append their events to. */
export const EVENTS_VARIABLE = "RANCHER_ROLLBACK_EVENTS";

const about = { resource: z.string().describe("the resource's name in the program, such as `rke-up`") };

/** How far a restore in place has come. */
const phaseSchema = z.enum(["preparing", "stopping-etcd", "exchanging", "starting-etcd", "starting-control-planes"]);
export type InPlacePhase = z.infer<typeof phaseSchema>;

/** Why it is not the turn of an `rke up`: the restore has built the cluster, so it comes last; or it has run before. */
export const skipReason = z.enum(["comes-last", "has-run"]);
export type SkipReason = z.infer<typeof skipReason>;

/**
 * What a step says of itself beside its report: a JSON object a line, in the file that the environment names. The
 * engine's own text of a failed command is for eyes only.
 */
export const stepEventSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("started"), ...about }),
  z.object({ event: z.literal("warning"), ...about, ...noticeSchema.shape }),
  z.object({ event: z.literal("wiping"), ...about, at: z.iso.datetime() }),
  z.object({ event: z.literal("phase"), ...about, phase: phaseSchema }).describe("a restore in place begins with this"),
  z.object({ event: z.literal("rancher-stopping"), ...about }).describe("Rancher is stopped from now on"),
  z.object({ event: z.literal("rancher-serving"), ...about }).describe("Rancher serves the wanted version"),
  z.object({ event: z.literal("rke-log"), ...about, path: z.string() }).describe("RKE runs and logs into this file"),
  z.object({
    event: z.literal("safety-copy"),
    ...about,
    name: z.string(),
    nodes: z.array(z.string()),
    bytes: z.number(),
  }),
  z.object({ event: z.literal("skipped"), ...about, reason: skipReason }).describe("it is not the step's turn"),
  z.object({ event: z.literal("failure"), ...about, failure: failureSchema }),
]);
export type StepEvent = z.infer<typeof stepEventSchema>;
