import type { Connection } from "../cluster/node/connection.ts";
import type { StepContext, StepInput, StepName, StepReport } from "./contract.ts";

/** What a step works with. */
export interface Tools extends Omit<StepContext, "hostKeys">, Connection {
  /** A warning for the operator: a line of progress that is also kept in the run's record. */
  warn: (text: string) => void;
  /** The cluster's data are being wiped from now on. */
  wiping: (at: string) => void;
  /** The safety copy of this name is complete. */
  saved: (name: string) => void;
}

export type StepFunction<N extends StepName> = (input: StepInput<N>, tools: Tools) => Promise<StepReport<N>>;
