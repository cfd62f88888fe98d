import { readFileSync } from "node:fs";
import { ClusterFileError } from "../cluster/clusterFile/clusterFile.ts";
import { closeSharedConnections, shareConnections } from "../cluster/node/sharedConnection.ts";
import { markRun } from "../cluster/stateFolder/runMark.ts";
import { UnreadableRecord } from "../cluster/stateFolder/unreadable.ts";
import { audienceOf, problemLines } from "../messages/commands.ts";
import { failureText, StepFailure, stepFailure } from "../messages/failure.ts";
import { stepIdOf } from "../messages/steps.ts";
import { CONTRACT, requestSchema, type StepContext, type StepName } from "./contract.ts";
import { emit } from "./emit.ts";
import type { StepFunction, Tools } from "./step.ts";
import { stopHere } from "./stop.ts";

// Loaded when asked for: the Kubernetes client alone takes longer to load than some steps take to run.
const STEPS: { [N in StepName]: () => Promise<StepFunction<N>> } = {
  "lock-id": async () => (await import("./lock.ts")).lockId,
  lock: async () => (await import("./lock.ts")).lock,
  "await-node": async () => (await import("./awaitNode.ts")).awaitNode,
  "pull-snapshot": async () => (await import("./pullSnapshot.ts")).pullSnapshot,
  "edit-cluster-file": async () => (await import("./editClusterFile.ts")).editClusterFileStep,
  preflight: async () => (await import("./preflight.ts")).preflight,
  "safety-copy": async () => (await import("./safetyCopy.ts")).safetyCopy,
  restore: async () => (await import("./restore.ts")).restore,
  "rke-up": async () => (await import("./rkeUp.ts")).rkeUp,
  restart: async () => (await import("./restart.ts")).restart,
  "wait-for-api": async () => (await import("./waitForApi.ts")).waitForApi,
  verify: async () => (await import("./verify.ts")).verify,
  unlock: async () => (await import("./lock.ts")).unlock,
};

/**
 * Runs the one step that standard input asks for (contract.ts). Its progress goes to standard error, its report to
 * standard output, its failure to the events file and, for eyes, to standard error.
 */
async function main(request: string): Promise<void> {
  const { step, context, input } = requestSchema.parse(JSON.parse(request));
  emit({ event: "started", resource: context.resource });
  markRun(context.clusterFile, audienceOf(context.stack, process.env).stack);
  const own: Own = {};
  try {
    stopHere(step, context);
    const started = new Date();
    await shareConnections(context.clusterFile);
    const run = (await STEPS[step]()) as StepFunction<StepName>;
    const report = await run(CONTRACT[step].input.parse(input), toolsFor(context, own)).catch((error: unknown) => {
      throw unreadable(error, step, context, own) ?? error;
    });
    const finished = new Date();
    const seconds = Math.round((finished.getTime() - started.getTime()) / 100) / 10;
    const timing = { startedAt: started.toISOString(), finishedAt: finished.toISOString(), seconds };
    process.stdout.write(`${JSON.stringify({ step, ...timing, ...report })}\n`);
    // The last step leaves nothing open.
    if (step === "unlock") await closeSharedConnections();
  } catch (error) {
    await closeSharedConnections();
    if (!(error instanceof StepFailure)) throw error;
    emit({ event: "failure", resource: context.resource, failure: error.failure });
    process.stderr.write(`\n${failureText(error.failure, audienceOf(context.stack, process.env))}\n`);
    process.exitCode = 1;
  }
}

/** What a step has done that nothing can take back. */
interface Own {
  /** ISO 8601. */
  wipedAt?: string;
}

function toolsFor(context: StepContext, own: Own): Tools {
  const { resource } = context;
  const say = (line: string) => process.stderr.write(`${line}\n`);
  return {
    ...context,
    say,
    warn: (notice) => {
      const warning = { ...notice, message: `WARNING ${notice.message}` };
      for (const line of problemLines([warning], audienceOf(context.stack, process.env))) say(line);
      emit({ event: "warning", resource, ...notice });
    },
    tell: (told) => {
      if (told.event === "wiping") own.wipedAt = told.at;
      emit({ resource, ...told });
    },
  };
}

/** The failure of a file that was read before and was changed since, or that decides about a wipe; undefined of any other error. */
function unreadable(error: unknown, step: StepName, context: StepContext, { wipedAt }: Own): StepFailure | undefined {
  const about = {
    step: stepIdOf(step, context.resource),
    ...(wipedAt !== undefined && { pointOfNoReturn: { state: "passed" as const, at: wipedAt } }),
  };
  if (error instanceof UnreadableRecord) {
    return stepFailure(context, { kind: "system", ...about, problems: [error.problem] });
  }
  if (!(error instanceof ClusterFileError)) return undefined;
  const message = `the cluster file ${context.clusterFile}: ${error.message}`;
  const problems = [{ message, remedy: "correct the cluster file" }];
  return stepFailure(context, { kind: "cluster-file", ...about, problems });
}

try {
  await main(readFileSync(0, "utf8"));
} catch (error) {
  // Not for the operator to remedy: a bug of this program.
  process.stderr.write(`\n${(error as Error).stack}\n`);
  process.exitCode = 1;
}
// A request that was given up on would keep the process for as long as the other side holds the connection.
process.exit();
