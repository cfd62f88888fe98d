import { z } from "zod";
import type { Failure } from "../messages/failure.ts";
import type { RollbackPlan } from "../plan/plan.ts";

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

type Loss = z.infer<typeof lossSchema>;
type Outage = z.infer<typeof outageSchema>;

/** What a record knows of the point of no return. */
interface Passed {
  plan?: RollbackPlan | undefined;
  failure?: Failure | undefined;
  wipedAt?: string | undefined;
  wipedBefore?: string | undefined;
}

/** The time whose changes are lost; undefined where no point of no return was passed. */
export function lossOf({ plan, wipedAt, wipedBefore, failure }: Passed): Loss | undefined {
  const point = failure?.pointOfNoReturn;
  const to = wipedAt ?? (point?.state === "passed" ? point.at : undefined) ?? wipedBefore;
  const from = plan?.snapshot.takenAt;
  return to === undefined ? undefined : { ...(from !== undefined && { from }), to };
}

/** The time without Rancher, once Rancher serves; undefined where this run has not seen that it was stopped. */
export function outageUntil(
  { outage, wipedBefore }: { outage?: Outage | undefined; wipedBefore?: string | undefined },
  to: string,
): Outage | undefined {
  const from = outage?.from ?? wipedBefore;
  return from === undefined ? undefined : { from, to: outage?.to ?? to };
}
