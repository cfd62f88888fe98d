import type { Problem } from "../cluster/problem.ts";
import type { Command, RunEvent } from "../run/events.ts";
import type { StackConfig } from "./stackConfig.ts";

export interface Job extends StackConfig {
  command: Command;
  /** Restores that are confirmed on the command line, such as `base` or `base#2`. */
  accepted: string[];
  /** Where the report is written as well. */
  reportFolder?: string;
}

export type FromWorker =
  | { kind: "event"; event: RunEvent }
  /** What the worker does now, before there is anything else to show. */
  | { kind: "phase"; text: string }
  /** The preview is done; nothing happens before an answer. `consent` is what confirms its restore, where it has none yet. */
  | { kind: "previewed"; consent?: string }
  | { kind: "ended"; exitCode: number };

export type ToWorker =
  | { kind: "go"; accept?: string }
  | { kind: "no"; problem: Problem }
  /** Somebody asked to stop: before the next step, or at once. */
  | { kind: "stop"; now: boolean };

export type Answer = Extract<ToWorker, { kind: "go" | "no" }>;
