import { z } from "zod";
import { failureLine } from "../messages/failure.ts";
import { planSchema } from "../plan/plan.ts";
import {
  commandSchema,
  confirmedSchema,
  earlier,
  end,
  idle,
  left,
  operationSchema,
  type RunEvent,
  said,
  target,
} from "./events.ts";
import { operatorSchema } from "./operator.ts";
import { phaseOf } from "./phases.ts";

export const lossSchema = z.object({
  from: z.iso.datetime().optional().describe("when the snapshot was taken; absent where that is unknown"),
  to: z.iso.datetime().describe("when the point of no return was passed"),
});

/** The time without Rancher, as the run saw it. */
export const outageSchema = z.object({
  from: z.iso
    .datetime()
    .describe(
      "when the run began to stop Rancher; where an earlier run did, when that one passed the point of no return",
    ),
  to: z.iso
    .datetime()
    .optional()
    .describe(
      "when the verification first found Rancher serving the wanted version; absent where this run did not see that",
    ),
});

const stepSchema = z.object({
  step: z.string(),
  phase: z.int().optional().describe("its number, from 1"),
  title: z.string().optional(),
  node: z.string().optional(),
  operation: operationSchema,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional().describe("absent for a step that was still running when the run ended"),
  failed: z.boolean(),
  ...idle,
  lines: z.array(z.string()).describe("the last lines of its log, redacted"),
});

/** The record of a run, as it is kept beside the cluster file. `docs/report.schema.json` is generated from it. */
export const recordSchema = z.object({
  recordVersion: z
    .literal(3)
    .describe(
      "3: values of enums are in kebab-case, and a failure is data without sentences. 2: warnings and reasons are data; in 1 they were sentences",
    ),
  command: commandSchema,
  stack: z.string(),
  ...target,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  versions: z.record(z.string(), z.string()),
  operator: operatorSchema.optional().describe("who started it; absent in records of earlier releases"),
  confirmed: confirmedSchema.optional().describe("absent where the run did not get so far"),
  ...end,
  result: end.result.optional().describe("absent while it runs, or after it was killed"),
  plan: planSchema.optional().describe("absent where no restore was planned"),
  changes: z.array(z.object({ step: z.string(), operation: operationSchema })),
  steps: z.array(stepSchema).describe("those that ran, in the order in which they started"),
  notes: z.array(z.object({ at: z.iso.datetime(), ...said })),
  wipedAt: z.iso.datetime().optional().describe("when the point of no return was passed; absent where it was not"),
  ...earlier,
  loss: lossSchema.optional().describe("the time whose changes are lost; absent where nothing was wiped"),
  outage: outageSchema
    .optional()
    .describe(
      "the time without Rancher as this run saw it; absent where it was not stopped. Rancher may have been away before",
    ),
  rkeLogs: z
    .array(z.object({ step: z.string(), path: z.string() }))
    .describe("of each time that RKE ran")
    .default([]),
  ...left,
});

export type RunRecord = z.infer<typeof recordSchema>;
export type StepRecord = z.infer<typeof stepSchema>;

/** Why a run failed, in one line; of what other programs say, the first. */
export function errorLine(run: Pick<RunRecord, "failure" | "problems" | "error">): string | undefined {
  const { failure, problems, error } = run;
  if (failure) return failureLine(failure);
  return problems ? problems.map(({ message }) => message).join("; ") : error?.split("\n", 1)[0];
}

const KEPT_LINES = 40;

export function newRecord(started: Extract<RunEvent, { event: "run-started" }>): RunRecord {
  const { event: _, eventVersion: __, at, ...about } = started;
  return {
    recordVersion: 3,
    ...about,
    startedAt: at,
    changes: [],
    steps: [],
    notes: [],
    rkeLogs: [],
    canBeUndone: false,
  };
}

/** Adds an event to the record, which is changed in place. */
export function note(record: RunRecord, event: RunEvent): void {
  switch (event.event) {
    case "plan":
      record.plan = event.plan;
      break;
    case "changes":
      record.changes = event.steps;
      break;
    case "note": {
      const { event: _, stack: __, ...said } = event;
      record.notes.push(said);
      break;
    }
    case "step-started":
      record.steps.push(newStep(event));
      break;
    case "line":
      keepLine(running(record, event.step), event.text);
      break;
    case "confirmed":
      record.confirmed = event.how;
      break;
    case "wiping":
      record.wipedAt = event.at;
      noteLoss(record);
      break;
    case "rancher-stopping":
      record.outage ??= { from: record.wipedBefore ?? event.at };
      break;
    case "rancher-serving": {
      const from = record.outage?.from ?? record.wipedBefore;
      if (from !== undefined) record.outage = { from, to: record.outage?.to ?? event.at };
      break;
    }
    case "rke-log":
      record.rkeLogs.push({ step: event.step, path: event.path });
      break;
    case "step-ended": {
      const step = running(record, event.step);
      const { at: endedAt, failed, unstarted, skipped } = event;
      const how = { ...(unstarted && { unstarted }), ...(skipped && { skipped }) };
      if (step) Object.assign(step, { endedAt, failed, ...how });
      break;
    }
    case "run-ended": {
      const { event: _, at, stack: __, report: ___, ...end } = event;
      Object.assign(record, { endedAt: at, ...end });
      noteLoss(record);
      break;
    }
  }
}

function noteLoss(record: RunRecord): void {
  const { plan, wipedAt, wipedBefore, failure } = record;
  const point = failure?.pointOfNoReturn;
  const to = wipedAt ?? (point?.state === "passed" ? point.at : undefined) ?? wipedBefore;
  const from = plan?.snapshot.takenAt;
  if (to !== undefined) record.loss = { ...(from !== undefined && { from }), to };
}

function newStep({ step, operation, at }: Extract<RunEvent, { event: "step-started" }>): StepRecord {
  const { number, title, node } = phaseOf(step) ?? {};
  return {
    step,
    ...(number && { phase: number }),
    ...(title && { title }),
    ...(node && { node }),
    operation,
    startedAt: at,
    failed: false,
    lines: [],
  };
}

/** The latest step of that name: a replaced step may have run before under the same name. */
function running(record: RunRecord, step: string): StepRecord | undefined {
  return record.steps.findLast((one) => one.step === step);
}

function keepLine(step: StepRecord | undefined, text: string): void {
  if (!step) return;
  step.lines.push(text);
  if (step.lines.length > KEPT_LINES) step.lines.shift();
}
