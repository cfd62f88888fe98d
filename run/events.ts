import { z } from "zod";
import { reasonSchema, WAYS } from "../cluster/inPlace/way.ts";
import { failedCheckSchema, remedySchema } from "../cluster/problem.ts";
import { verifiedSchema } from "../cluster/verification/verified.ts";
import { failureSchema } from "../messages/failure.ts";
import { skipReason } from "../messages/stepEvents.ts";
import { differenceSchema, planSchema } from "../plan/plan.ts";
import { operatorSchema } from "./operator.ts";

export const commandSchema = z.enum(["plan", "apply", "undo"]);
export type Command = z.infer<typeof commandSchema>;

/** What happens to a step, in the engine's words; steps to which nothing happens are not told of. */
export const operationSchema = z.enum(["create", "update", "replace"]);
export type Operation = z.infer<typeof operationSchema>;

/**
 * How a run ended. `planned`: a preview that shows changes. `refused`: nothing was started. `interrupted`: stopped on
 * request.
 */
export const resultSchema = z.enum(["succeeded", "unchanged", "planned", "failed", "refused", "interrupted"]);
export type Result = z.infer<typeof resultSchema>;

const about = { at: z.iso.datetime(), stack: z.string() };

const event = <N extends string, F extends z.ZodRawShape>(name: N, fields: F) =>
  z.object({ event: z.literal(name), ...about, ...fields });

export const target = {
  cluster: z.string().describe("its name"),
  clusterFile: z.string().describe("the path of its cluster file"),
  snapshot: z.string(),
};

/** What the runs before it have done. */
export const earlier = {
  wipedBefore: z.iso
    .datetime()
    .optional()
    .describe("when an earlier run of the same rollback passed the point of no return; absent where none has"),
  unreadableNote: z
    .string()
    .optional()
    .describe(
      "path of the note of earlier restores, where it could not be read when the run began: one of them may have wiped the cluster",
    ),
};

/** Why a step has done nothing: a hook has refused it, the engine could not start it, or it was not its turn. */
export const idle = {
  unstarted: z.literal(true).optional().describe("it failed before its program was started: the step has done nothing"),
  skipped: skipReason
    .optional()
    .describe(
      "why the step did nothing. `comes-last`: the restore has built the cluster by itself, and `rke up` runs last. `has-run`: it ran right after the restore",
    ),
};

export const restoredSchema = z.object({
  way: z.enum(WAYS),
  reasons: z.array(reasonSchema).describe("why it was this way, for `rke` why it was not in place"),
  oldData: z
    .object({ path: z.string(), until: z.iso.datetime() })
    .optional()
    .describe("the folder on each etcd host with the old data, in `old/member`, and until when they are kept"),
});
export type Restored = z.infer<typeof restoredSchema>;

export const confirmedSchema = z
  .enum(["terminal", "command-line", "settings", "nothing-to-confirm"])
  .describe(
    "typed on the terminal; `--accept-data-loss-of` or `--config`; `acceptDataLossOf` in the stack's settings; the run restores nothing",
  );
export type Confirmed = z.infer<typeof confirmedSchema>;

export const copySchema = z.object({
  nodes: z.array(z.string()).describe("the etcd hosts that have it in /opt/rke/etcd-snapshots"),
  bytes: z.number().describe("of the file on each of them"),
});

export const said = {
  level: z.enum(["info", "warning", "error"]),
  text: z.string(),
  remedy: remedySchema.optional().describe("what to do about it, where there is something to do"),
};

/** How a run ended, in its last event and its record. */
export const end = {
  result: resultSchema,
  error: z.string().optional().describe("the failure as text"),
  failure: failureSchema.optional().describe("the failed step as data; absent where no step failed"),
  problems: z
    .array(failedCheckSchema)
    .optional()
    .describe("why the run was refused or did not begin, as data; absent where that is only known as text"),
  differences: z
    .array(differenceSchema)
    .optional()
    .describe("how the cluster differed from what the preview had shown, where the run was refused for that"),
};

/** What a run leaves, in its last event and its record. */
export const left = {
  safetyCopy: z.string().optional().describe("the name of the safety copy that undoes this run"),
  copy: copySchema.optional().describe("where that safety copy is"),
  restore: restoredSchema.optional().describe("how etcd was restored; absent where the run restored nothing"),
  canBeUndone: z
    .boolean()
    .describe("whether `undo` takes this rollback back; false where nothing was wiped, or no safety copy is known"),
  after: verifiedSchema.optional().describe("the cluster's state as verified; absent where nothing was verified"),
};

/**
 * The events of a run: one JSON object a line with `--json`, and the source of the display, the report, the metrics and
 * the traces. `docs/events.schema.json` is generated from it. Texts contain no secrets.
 */
export const eventSchema = z.discriminatedUnion("event", [
  event("run-started", {
    eventVersion: z
      .literal(3)
      .describe(
        "3: values of enums are in kebab-case, and a failure is data without sentences. 2: warnings and reasons are data; in 1 they were sentences",
      ),
    command: commandSchema,
    ...target,
    /** The versions of this program, node, pulumi and the like, by name. */
    versions: z.record(z.string(), z.string()),
    operator: operatorSchema.optional().describe("who started it; absent in events of earlier releases"),
    ...earlier,
  }),
  event("plan", { plan: planSchema.describe("the live cluster and what the rollback will do to it") }),
  event("changes", {
    steps: z.array(z.object({ step: z.string(), operation: operationSchema })).describe("as previewed"),
  }),
  event("confirmed", { how: confirmedSchema }),
  event("note", said),
  event("step-started", { step: z.string(), operation: operationSchema }),
  event("line", { step: z.string(), text: z.string().describe("a line of its log, redacted") }),
  event("wiping", { step: z.string() }).describe("the point of no return is passed"),
  event("rancher-stopping", { step: z.string() }).describe("Rancher is stopped from now on"),
  event("rancher-serving", { step: z.string() }).describe("Rancher was found to serve the wanted version"),
  event("rke-log", { step: z.string(), path: z.string() }).describe(
    "RKE runs, and all that it logs is kept in this file",
  ),
  event("step-ended", {
    step: z.string(),
    operation: operationSchema,
    failed: z.boolean(),
    ...idle,
    seconds: z.number(),
  }),
  event("run-ended", { ...end, ...left, report: z.string().optional().describe("the path of its report as a page") }),
]);

export type RunEvent = z.infer<typeof eventSchema>;
