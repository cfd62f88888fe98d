import type { Connection } from "../cluster/node/connection.ts";
import type { Notice } from "../cluster/problem.ts";
import type { SafetyCopyReport } from "../cluster/safetyCopy/report.ts";
import type { InPlacePhase, SkipReason } from "../messages/stepEvents.ts";
import type { StepContext, StepInput, StepName, StepReport } from "./contract.ts";

export interface Tools extends StepContext, Connection {
  /** A warning for the operator: lines of progress that are also kept in the run's record. */
  warn: (notice: Notice) => void;
  /** The cluster's data are being wiped from now on. */
  wiping: (at: string) => void;
  /** A restore in place begins with this. */
  begin: (phase: InPlacePhase) => void;
  /** Rancher is stopped from now on. */
  stopping: () => void;
  /** Rancher was found to serve the wanted version. */
  serving: () => void;
  /** RKE runs, and logs into this file. */
  logging: (path: string) => void;
  /** This safety copy is complete. */
  saved: (copy: Pick<SafetyCopyReport, "name" | "nodes" | "bytes">) => void;
  /** It is not this step's turn. */
  skipped: (reason: SkipReason) => void;
}

export type StepFunction<N extends StepName> = (input: StepInput<N>, tools: Tools) => Promise<StepReport<N>>;
