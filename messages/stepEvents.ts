import { z } from "zod";
import { noticeSchema } from "../cluster/problem.ts";
import { failureSchema } from "./failure.ts";

/** Set in the environment of the steps that `rancher-rollback` runs: the file that steps append their events to. */
export const EVENTS_VARIABLE = "RANCHER_ROLLBACK_EVENTS";

const resource = z.string().describe("the resource's name in the program, such as `rke-up`");
const said = <N extends string, F extends z.ZodRawShape>(event: N, fields: F) =>
  z.object({ event: z.literal(event), resource, ...fields });

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
  said("started", {}),
  said("warning", noticeSchema.shape),
  said("wiping", { at: z.iso.datetime() }),
  said("phase", { phase: phaseSchema }).describe("a restore in place begins with this"),
  said("rancher-stopping", {}).describe("Rancher is stopped from now on"),
  said("rancher-serving", {}).describe("Rancher serves the wanted version"),
  said("rke-log", { path: z.string() }).describe("RKE runs and logs into this file"),
  said("safety-copy", { name: z.string(), nodes: z.array(z.string()), bytes: z.number() }),
  said("skipped", { reason: skipReason }).describe("it is not the step's turn"),
  said("failure", { failure: failureSchema }),
]);
export type StepEvent = z.infer<typeof stepEventSchema>;
