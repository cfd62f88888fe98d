import { randomUUID } from "node:crypto";
import { z } from "zod";
import { undoCommand } from "../../messages/commands.ts";
import { STATE_TEXT } from "../../messages/pointOfNoReturn.ts";
import { commandSchema, confirmedSchema, resultSchema } from "../../run/events.ts";
import { operatorSchema } from "../../run/operator.ts";
import { errorLine, lossSchema, outageSchema, type RunRecord } from "../../run/record.ts";
import { verdictOf } from "../report/verdict.ts";

export const MOMENTS = {
  started: "rancher-rollback.run.started",
  wiping: "rancher-rollback.run.point-of-no-return",
  ended: "rancher-rollback.run.ended",
} as const;
export type Moment = keyof typeof MOMENTS;

/** An event for a webhook, by CloudEvents 1.0 in JSON. `docs/webhook.schema.json` is generated from it. */
export const cloudEventSchema = z.object({
  specversion: z.literal("1.0"),
  id: z.string(),
  source: z.string().describe("`/rancher-rollback/STACK`"),
  type: z.enum([MOMENTS.started, MOMENTS.wiping, MOMENTS.ended]),
  subject: z.string().describe("the cluster's name"),
  time: z.iso.datetime(),
  datacontenttype: z.literal("application/json"),
  summary: z.string().describe("an extension: what happened, as a sentence, for receivers that show a text"),
  run: z.string().describe("an extension: the same in every event of a run"),
  data: z.object({
    command: commandSchema,
    stack: z.string(),
    cluster: z.string(),
    snapshot: z.string(),
    startedAt: z.iso.datetime(),
    operator: operatorSchema.optional(),
    confirmed: confirmedSchema.optional(),
    wipedAt: z.iso.datetime().optional(),
    endedAt: z.iso.datetime().optional(),
    result: resultSchema.optional(),
    error: z.string().optional(),
    loss: lossSchema.optional(),
    outage: outageSchema.optional(),
    safetyCopy: z.string().optional(),
    undo: z.array(z.string()).describe("the commands that undo this run; empty where there is nothing to undo"),
  }),
});
export type CloudEvent = z.infer<typeof cloudEventSchema>;

/** A moment of a run as an event, with what its record knows by then; texts contain no secrets. */
export function cloudEvent(moment: Moment, record: RunRecord, time: string): CloudEvent {
  const { command, stack, cluster, startedAt, canBeUndone } = record;
  return {
    specversion: "1.0",
    id: randomUUID(),
    source: `/rancher-rollback/${stack.split("/").map(encodeURIComponent).join("/")}`,
    type: MOMENTS[moment],
    subject: cluster,
    time,
    datacontenttype: "application/json",
    summary: summaryOf(moment, record),
    run: `${stack} ${command} ${startedAt}`,
    data: cloudEventSchema.shape.data.parse({ ...record, undo: canBeUndone ? [undoCommand({ stack })] : [] }),
  };
}

function summaryOf(moment: Moment, record: RunRecord): string {
  const { command, stack, cluster, snapshot, operator } = record;
  const where = `Rancher on cluster ${cluster} (stack ${stack})`;
  const what = command === "undo" ? "The undo" : "The rollback";
  switch (moment) {
    case "started": {
      const by = operator ? `, started by ${operator.sudoUser ?? operator.user}@${operator.host}` : "";
      return `${where}: ${what.toLowerCase()} to snapshot ${snapshot} begins${by}`;
    }
    case "wiping":
      return `${where}: ${what.toLowerCase()} has passed the point of no return`;
    case "ended": {
      const { headline, pointOfNoReturn } = verdictOf(record);
      const why = errorLine(record);
      return `${where}: ${headline}. Point of no return: ${STATE_TEXT[pointOfNoReturn.state]}${why === undefined ? "" : `. ${why}`}`;
    }
  }
}
