import { z } from "zod";
import { answerSchema, errorSchema } from "../../cli/answers.ts";
import { cloudEventSchema } from "../../output/webhook/cloudEvent.ts";
import { planSchema } from "../../plan/plan.ts";
import { eventSchema } from "../../run/events.ts";
import { recordSchema } from "../../run/record.ts";

export const SCHEMAS = {
  "plan.schema.json": z.toJSONSchema(planSchema),
  "events.schema.json": z.toJSONSchema(eventSchema),
  "report.schema.json": z.toJSONSchema(recordSchema),
  "webhook.schema.json": z.toJSONSchema(cloudEventSchema),
  "answers.schema.json": z.toJSONSchema(z.union([answerSchema, errorSchema])),
};
