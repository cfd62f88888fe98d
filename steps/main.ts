import { parseArgs } from "node:util";
import { ClusterFileError } from "../cluster/clusterFile/clusterFile.ts";
import { StepFailure } from "../messages/failure.ts";
import { goOn, naming } from "../messages/goOn.ts";
import { stopHere } from "./stop.ts";

/** What every step is told on its command line. */
export interface StepOptions {
  /** Path of the cluster file. */
  clusterFile: string;
  /** Name of the Pulumi stack, for the commands a message tells the operator to type. */
  stack: string;
  knownHostsFile: string | undefined;
  allowUnknownHostKeys: boolean;
  silenceSeconds: number;
  timeoutSeconds: number;
  node: string | undefined;
  snapshot: string | undefined;
  /** What stands behind `--`. */
  rest: string[];
  /** Standard input, for steps whose input comes from other steps. */
  input: () => Promise<string>;
  /** Progress for the operator, a line at a time. */
  say: (line: string) => void;
}

type Step = (options: StepOptions) => Promise<object>;

// Loaded when asked for: the Kubernetes client alone takes longer to load than some steps take to run.
const STEPS: Record<string, () => Promise<Step>> = {
  "await-node": async () => (await import("./awaitNode.ts")).awaitNode,
  "edit-cluster-file": async () => (await import("./editClusterFile.ts")).editClusterFileStep,
  "pull-snapshot": async () => (await import("./pullSnapshot.ts")).pullSnapshot,
  lock: async () => (await import("./lock.ts")).lock,
  preflight: async () => (await import("./preflight.ts")).preflight,
  "lock-id": async () => (await import("./lock.ts")).lockId,
  unlock: async () => (await import("./lock.ts")).unlock,
  rke: async () => (await import("./rke.ts")).rke,
  restart: async () => (await import("./restart.ts")).restart,
  "safety-copy": async () => (await import("./safetyCopy.ts")).safetyCopy,
  "wait-for-api": async () => (await import("./waitForApi.ts")).waitForApi,
  verify: async () => (await import("./verify.ts")).verify,
};

/** Runs one step of the road: progress on standard error, the result as one JSON object on standard output. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "cluster-file": { type: "string" },
      stack: { type: "string" },
      "known-hosts": { type: "string" },
      "allow-unknown-host-keys": { type: "boolean" },
      "silence-seconds": { type: "string" },
      "timeout-seconds": { type: "string" },
      node: { type: "string" },
      snapshot: { type: "string" },
    },
  });
  const [name = "", ...rest] = positionals;
  const step = await STEPS[name]?.();
  if (!step) throw new Error(`no step is called "${name}"`);
  stopHere(name, values.stack ?? "");
  const started = new Date();
  const result = await step({
    clusterFile: values["cluster-file"] ?? "",
    stack: values.stack ?? "",
    knownHostsFile: values["known-hosts"],
    allowUnknownHostKeys: values["allow-unknown-host-keys"] ?? false,
    silenceSeconds: Number(values["silence-seconds"] ?? 600),
    timeoutSeconds: Number(values["timeout-seconds"] ?? 900),
    node: values.node,
    snapshot: values.snapshot,
    rest,
    input: readInput,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const finished = new Date();
  const seconds = Math.round((finished.getTime() - started.getTime()) / 100) / 10;
  const timing = { startedAt: started.toISOString(), finishedAt: finished.toISOString(), seconds };
  process.stdout.write(`${JSON.stringify({ ...timing, ...result })}\n`);
}

/** The cluster file was read before; someone has changed it since. */
function unreadable({ message }: ClusterFileError): StepFailure {
  return new StepFailure({
    step: `the step ${process.argv[2]}`,
    happened: [`the cluster file ${optionOf("cluster-file")}: ${message}`],
    done: "nothing by this step",
    notDone: "this step and everything after it",
    pointOfNoReturn: "not passed by this step; the steps before it tell about themselves",
    next: ["mend the cluster file", goOn(optionOf("stack"))],
  });
}

/** Of the command line as it was given, whatever became of reading it. */
function optionOf(name: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? "" : (process.argv[at + 1] ?? "");
}

async function readInput(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
  return text;
}

try {
  await main();
} catch (thrown) {
  const error = thrown instanceof ClusterFileError ? unreadable(thrown) : thrown;
  // What the operator can mend needs no stack trace; anything else is a bug of this program and does.
  const told = error instanceof StepFailure ? naming(optionOf("stack"), error.message) : (error as Error).stack;
  process.stderr.write(`\n${told}\n`);
  process.exitCode = 1;
}
// A request that was given up on would keep the process for as long as the other side holds the connection.
process.exit();
