import type { Connection } from "../cluster/node/connection.ts";
import type { Notice } from "../cluster/problem.ts";
import type { StepEvent } from "../messages/stepEvents.ts";
import type { StepContext, StepInput, StepName, StepReport } from "./contract.ts";

type Said<E> = E extends unknown ? Omit<E, "resource"> : never;
/** What a step says of itself while it runs (messages/stepEvents.ts). */
export type Told = Said<Exclude<StepEvent, { event: "started" | "warning" | "failure" }>>;

export interface Tools extends StepContext, Connection {
  /** A warning for the operator: lines of progress that are also kept in the run's record. */
  warn: (notice: Notice) => void;
  tell: (told: Told) => void;
}

export type StepFunction<N extends StepName> = (input: StepInput<N>, tools: Tools) => Promise<StepReport<N>>;
