import { dirname, extname, join } from "node:path";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { shellWord } from "../cluster/shell.ts";
import type { Settings } from "../settings/settings.ts";
import {
  parseReport,
  type StepContext,
  type StepInput,
  type StepName,
  type StepReport,
  type Timing,
} from "../steps/contract.ts";

export interface After {
  after: pulumi.Resource[];
}

export interface StepArgs<N extends StepName> {
  settings: Settings;
  step: N;
  /** What the step is given; a secret where it may hold one. */
  input: pulumi.Input<StepInput<N>>;
  /** The step runs when it has not run before and when one of these has changed; for nothing else. */
  triggers: pulumi.Input<string>[];
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

/** Compiled where this file is. */
const SUFFIX = extname(import.meta.filename);
const STEPS = join(import.meta.dirname, "..", "steps", `main${SUFFIX}`);
/** Never compiled. Where the engine was started by `pulumi`, steps are not told of a cache. */
const KEEP_COMPILED = join(import.meta.dirname, SUFFIX === ".ts" ? ".." : "../..", "bin", "keepCompiled.cjs");

/**
 * A step of a rollback as a command on the operator's machine. It runs for its triggers alone.
 *
 * A changed trigger takes the old run out of the state before the new one starts: after a failed restore the state
 * must not claim the restore before it, or setting that one in the config again would do nothing.
 *
 * @example
 *     new Step("rke-up", { settings, step: "rke-up", input: { rke: "rke", silenceSeconds: 600 }, triggers: [restore.ran] }, { parent });
 */
export class Step<N extends StepName> extends local.Command {
  private readonly step: N;

  constructor(name: string, args: StepArgs<N>, opts: pulumi.CustomResourceOptions) {
    const { settings, step, input, triggers } = args;
    const context = contextOf(name, settings);
    super(
      name,
      {
        // In the shell's place: an engine that is told to stop at once kills that one process, and waits for all it has left.
        create: `exec ${shellWord(process.execPath)} --require ${shellWord(KEEP_COMPILED)} ${shellWord(STEPS)}`,
        // Never reached while the inputs above are ignored; were it, the step must not run and must keep its report.
        update: `printf '%s' "$PULUMI_COMMAND_STDOUT"`,
        triggers,
        dir: dirname(settings.cluster.path),
        // The engine may have one that is removed when it ends, and RKE goes on after a kill. Empty is the system's.
        environment: { TMPDIR: process.env.TMPDIR ?? "" },
        logging: "stderr",
        stdin: pulumi.output(input).apply((given) => JSON.stringify({ step, context, input: given })),
      },
      { ...opts, ignoreChanges: NOT_TRIGGERS, deleteBeforeReplace: true },
    );
    this.step = step;
  }

  report(): pulumi.Output<StepReport<N> & Timing> {
    return this.stdout.apply((printed) => parseReport(this.step, printed));
  }

  /** Changes whenever the step has run, and only then: what the next step is triggered by. */
  get ran(): pulumi.Output<string> {
    return this.report().apply((report) => (report as Timing).finishedAt);
  }
}

function contextOf(resource: string, { cluster, hostKeys }: Settings): StepContext {
  return { resource, stack: pulumi.getStack(), clusterFile: cluster.path, hostKeys };
}
