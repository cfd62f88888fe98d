import { z } from "zod";
import { answeringVersionSchema } from "../cluster/rancher/answeringVersion.ts";
import { rancherEvidenceSchema } from "../cluster/rancher/evidence.ts";
import { skipReason } from "../messages/stepEvents.ts";

/** As a step has reported it. */
export const skippedReport = renamed(skipReason, { "comes last": "comes-last", "has run": "has-run" });

export const evidenceReport = rancherEvidenceSchema.extend({
  answers: answeringVersionSchema.extend({
    sources: z.array(
      renamed(answeringVersionSchema.shape.sources.element, {
        "/rancherversion": "rancherversion",
        "/VERSION.txt": "version-txt",
        "setting server-version": "server-version",
      }),
    ),
  }),
});

/**
 * A value of an enum, also by its name of earlier releases: Pulumi's state keeps what their steps have reported, and each
 * run of such a stack reads it.
 */
function renamed<T extends z.ZodType>(schema: T, earlier: Record<string, z.output<T>>) {
  return z.preprocess((value) => (typeof value === "string" ? (earlier[value] ?? value) : value), schema);
}
