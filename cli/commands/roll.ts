import { resolve } from "node:path";
import type { Argv } from "yargs";
import { displayFor } from "../../output/display/display.ts";
import { ask, notConfirmed } from "../ask.ts";
import type { Job } from "../job.ts";
import { once, type StacksOptions, stackConfig } from "../options.ts";
import { Run } from "../run.ts";
import { runAll } from "../runAll.ts";

interface RollOptions extends StacksOptions {
  "accept-data-loss-of": string[];
  yes: boolean;
  report: string | undefined;
}

/** Options of `plan`, `apply` and `undo`. */
export function withRoll(command: Argv<StacksOptions>): Argv<StacksOptions & Pick<RollOptions, "report">> {
  return command
    .option("report", { type: "string", describe: "a folder into which the report is written as well" })
    .check(once("report"), false);
}

export function withAcceptance(command: Argv<StacksOptions & Pick<RollOptions, "report">>): Argv<RollOptions> {
  return command
    .option("accept-data-loss-of", {
      type: "string",
      array: true,
      nargs: 1,
      default: [] as string[],
      describe: "confirms that every change since this snapshot may be lost: its name, NAME#2 for its second run",
    })
    .option("yes", {
      type: "boolean",
      default: false,
      describe: "do not ask on the terminal",
    }) as unknown as Argv<RollOptions>;
}

/** @returns the exit code: 0 done or nothing to do, 1 an error, 2 changes are planned (plan). */
export async function roll(command: Job["command"], options: Partial<RollOptions> & StacksOptions): Promise<number> {
  const jobs = options.stack.map(
    (stack): Job => ({
      command,
      ...stackConfig(stack, options),
      accepted: options["accept-data-loss-of"] ?? [],
      ...(options.report !== undefined && { reportFolder: reportFolder(options.report, stack, options.stack.length) }),
    }),
  );
  const display = displayFor({ json: options.json, stream: process.stdout, stacks: options.stack });
  const isAsked = process.stdin.isTTY && process.stdout.isTTY && !options.json && !options.yes;
  try {
    return await runAll({
      jobs,
      parallel: options.parallel,
      start: (job) => new Run(job, (event) => display.show(event)),
      decide: async (stack, { consent }) => {
        if (isAsked) return await ask(stack, consent);
        return consent === undefined ? { kind: "go" } : notConfirmed(consent);
      },
    });
  } finally {
    display.close();
  }
}

/** Each of several stacks has a folder of its own. */
function reportFolder(folder: string, stack: string, stacks: number): string {
  return stacks === 1 ? resolve(folder) : resolve(folder, stack.replaceAll("/", "_"));
}
