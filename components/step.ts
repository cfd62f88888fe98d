import { dirname, join } from "node:path";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { shellCommand } from "../cluster/shell.ts";
import type { Settings } from "../settings/settings.ts";

export interface StepArgs {
  settings: Settings;
  /** The step's name in steps/main.ts. */
  step: string;
  /** Options of the step. */
  options?: Record<string, string>;
  /** Arguments behind `--`. */
  rest?: string[];
  /** The step runs when it has not run before and when one of these has changed; for nothing else. */
  triggers: pulumi.Input<string>[];
  /** Handed to the step on standard input. */
  stdin?: pulumi.Input<string>;
}

/** When and how long a step ran, as each step reports it. */
export interface Timing {
  /** ISO 8601. */
  startedAt: string;
  finishedAt: string;
  seconds: number;
}

/** Everything but the triggers: none of it may ever make a step run again (design law 1). */
const NOT_TRIGGERS = [
  "create",
  "update",
  "delete",
  "environment",
  "dir",
  "interpreter",
  "stdin",
  "logging",
  "addPreviousOutputInEnv",
  "assetPaths",
  "archivePaths",
];

const STEPS = join(import.meta.dirname, "..", "steps", "main.ts");

/**
 * A step of the road as a command on the operator's machine, which runs for its triggers alone.
 *
 * A changed trigger takes the old run out of the state before the new one starts: after a failed restore the state
 * must not claim the restore before it, or going back to that one in the config would do nothing.
 */
export class Step extends local.Command {
  constructor(name: string, args: StepArgs, opts: pulumi.CustomResourceOptions) {
    super(
      name,
      {
        create: stepCommand(args),
        // Never reached while the inputs above are ignored; were it, the step must not run and must keep what it said.
        update: `printf '%s' "$PULUMI_COMMAND_STDOUT"`,
        triggers: args.triggers,
        dir: dirname(args.settings.cluster.path),
        logging: "stderr",
        ...(args.stdin !== undefined && { stdin: args.stdin }),
      },
      { ...opts, ignoreChanges: NOT_TRIGGERS, deleteBeforeReplace: true },
    );
  }

  /** What the step reported. */
  report<T>(): pulumi.Output<T & Timing> {
    return this.stdout.apply((printed) => JSON.parse(printed) as T & Timing);
  }

  /** Changes whenever the step has run, and only then: what the next step is triggered by. */
  get ran(): pulumi.Output<string> {
    return this.report().apply(({ finishedAt }) => finishedAt);
  }
}

function stepCommand({ settings, step, options = {}, rest = [] }: StepArgs): string {
  const { knownHostsFile, allowUnknown } = settings.hostKeys;
  const all: Record<string, string> = {
    "cluster-file": settings.cluster.path,
    stack: pulumi.getStack(),
    ...(knownHostsFile && { "known-hosts": knownHostsFile }),
    ...options,
  };
  // In the shell's place: an engine that is told to stop at once kills that one process, and waits for all it has left.
  return `exec ${shellCommand([
    process.execPath,
    STEPS,
    step,
    ...Object.entries(all).flatMap(([key, value]) => [`--${key}`, value]),
    ...(allowUnknown ? ["--allow-unknown-host-keys"] : []),
    ...(rest.length > 0 ? ["--", ...rest] : []),
  ])}`;
}
