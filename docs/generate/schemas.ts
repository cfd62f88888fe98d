import { z } from "zod";
import { answerSchema, errorSchema } from "../../cli/answers.ts";
import { planSchema } from "../../plan/plan.ts";
import { eventSchema } from "../../run/events.ts";
import { recordSchema } from "../../run/record.ts";

/** The published schemas, by file name in docs/. */
export const SCHEMAS = {
  "plan.schema.json": z.toJSONSchema(planSchema),
  "events.schema.json": z.toJSONSchema(eventSchema),
  "report.schema.json": z.toJSONSchema(recordSchema),
  "answers.schema.json": z.toJSONSchema(z.union([answerSchema, errorSchema])),
};
