import { release, type } from "node:os";
import { ConcurrentUpdateError } from "@pulumi/pulumi/automation/index.js";
import type { Problem } from "../cluster/problem.ts";
import { verifiedSchema } from "../cluster/verification/verified.ts";
import type { RollbackReport } from "../components/rancherRollback.ts";
import type { Audience } from "../messages/commands.ts";
import { type Failure, failureText } from "../messages/failure.ts";
import { mistakesText } from "../messages/refusal.ts";
import { type RunEvent, restoredSchema } from "../run/events.ts";
import { type Settings, SettingsError } from "../settings/settings.ts";
import type { StepReport } from "../steps/contract.ts";
import { version } from "./installed.ts";
import { Refusal } from "./refusal.ts";

type Ended = Extract<RunEvent, { event: "run-ended" }>;

export function runVersions(
  stack: { workspace: { pulumiVersion: string } },
  { rke }: Settings,
): Record<string, string> {
  return {
    "rancher-rollback": version(),
    Pulumi: stack.workspace.pulumiVersion,
    RKE: rke.version.text,
    Node: process.version,
    system: `${type()} ${release()}`,
  };
}

/** A safety copy as far as a report names it. */
export type SavedCopy = Pick<StepReport<"safety-copy">, "name" | "nodes" | "bytes">;

interface RunResult {
  verification?: RollbackReport["verification"] | undefined;
  /** The copy of what this run has wiped. */
  safetyCopy?: SavedCopy | undefined;
  restore?: Partial<RollbackReport["restore"]> | undefined;
}

/** For the end of its report. A step's report that an earlier release left in the state must not fail a run at its end. */
export function factsOf(left: RunResult): Pick<Ended, "safetyCopy" | "copy" | "restore" | "canBeUndone" | "after"> {
  const { safetyCopy } = left;
  const restore = restoredSchema.safeParse(left.restore).data;
  const after = verifiedSchema.safeParse(left.verification).data;
  return {
    ...(safetyCopy && { safetyCopy: safetyCopy.name, copy: { nodes: safetyCopy.nodes, bytes: safetyCopy.bytes } }),
    ...(restore && { restore }),
    canBeUndone: safetyCopy !== undefined,
    ...(after && { after }),
  };
}

export type WhyFailed = Pick<Ended, "failure" | "problems" | "differences"> & { error: string };

/** Why an update failed: by its step's own failure, else by the error, else by what the engine has printed. */
export function whyFailed(
  { failure, errors }: { failure: Failure | undefined; errors: string[] },
  error: unknown,
  audience: Audience,
): WhyFailed {
  if (failure) return { error: failureText(failure, audience), failure };
  const why = whyRefused(error, audience.stack);
  return errors[0] === undefined || why.problems ? why : { error: errors[0] };
}

export function whyRefused(error: unknown, stack: string): WhyFailed {
  const problems = problemsIn(error);
  const differences = error instanceof Refusal ? error.differences : undefined;
  return {
    error: engineError(error, stack),
    ...(problems.length > 0 && { problems }),
    ...(differences && { differences }),
  };
}

/** An error as the operator reads it: the engine's own repeats everything that has scrolled by. */
export function engineError(error: unknown, stack?: string): string {
  if (error instanceof SettingsError) return mistakesText(error.mistakes, stack ?? "STACK");
  const { message } = error as Error;
  const [problem] = enginesProblem(error);
  if (problem) return Refusal.of(problem, stack ?? "STACK").message;
  return stderrOf(message)?.replace(/^Command failed with exit code \d+: .*\n/, "") || message;
}

/** What the operator can remedy of an error, as data; empty for what only the engine's text tells. */
export function problemsIn(error: unknown): Problem[] {
  if (error instanceof SettingsError) return error.mistakes.map(({ message, remedy }) => ({ message, remedy }));
  return (error instanceof Refusal && error.problems) || enginesProblem(error);
}

function enginesProblem(error: unknown): Problem[] {
  if (error instanceof ConcurrentUpdateError) return [STACK_LOCKED];
  return stderrOf((error as Error).message)?.includes(NOT_LOGGED_IN) ? [NO_BACKEND] : [];
}

function stderrOf(message: string): string | undefined {
  return /stderr: ([\s\S]*?)\n?(?: err\?: [\s\S]*)?$/.exec(message)?.[1]?.trim();
}

const STACK_LOCKED: Problem = {
  message: "the stack is locked by another run, or by one that was killed",
  remedy: { text: "If that run is certainly dead", pulumi: "cancel" },
};

/** What a CLI prints that has no terminal to ask on (pulumi v3.259.0, pkg/backend/httpstate/backend.go). */
const NOT_LOGGED_IN = "PULUMI_ACCESS_TOKEN must be set for login";
const NO_BACKEND: Problem = {
  message: "Pulumi is not logged in",
  remedy: "To keep the state on this machine: pulumi login --local; in a backend of yours: pulumi login URL",
};
