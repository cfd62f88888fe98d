import { resolve } from "node:path";
import type { RunEvent } from "../../run/events.ts";
import { ask, notConfirmed } from "../ask.ts";
import type { Job } from "../job.ts";
import { type RollOptions, stackConfig } from "../options.ts";
import { Run } from "../run.ts";
import { runAll } from "../runAll.ts";

/** @returns the exit code: 0 done or nothing to do, 1 an error; of a plan, 2 changes, 3 changes that `apply` would refuse. */
export async function roll(command: Job["command"], options: RollOptions): Promise<number> {
  const jobs = options.stack.map(
    (stack): Job => ({
      command,
      ...stackConfig(stack, options),
      accepted: options["accept-data-loss-of"] ?? [],
      ...(options.report !== undefined && { reportFolder: reportFolder(options.report, stack, options.stack.length) }),
    }),
  );
  const isAsked = process.stdin.isTTY && process.stdout.isTTY && !options.json && !options.yes;
  // Not before the workers are started, which take longer to load.
  const display = Promise.resolve().then(async () => {
    const { displayFor } = await import("../../output/display/display.ts");
    return displayFor({ json: options.json, stream: process.stdout, stacks: options.stack, lost: options.lost });
  });
  const show = (event: RunEvent) => void display.then((shown) => shown.show(event));
  try {
    return await runAll({
      jobs,
      parallel: options.parallel,
      start: (job) => {
        const phase = (text: string) => {
          const [at, { stack }] = [new Date().toISOString(), job];
          // For eyes alone: it is no part of what happened.
          if (!options.json) show({ event: "note", level: "info", at, stack, text });
        };
        return new Run(job, show, phase);
      },
      decide: async (stack, { consent }) => {
        // Shown before it is asked about.
        await display;
        if (isAsked) return await ask(stack, consent);
        return consent === undefined ? { kind: "go" } : notConfirmed(consent);
      },
    });
  } finally {
    (await display).close();
  }
}

/** Each of several stacks has a folder of its own. */
function reportFolder(folder: string, stack: string, stacks: number): string {
  return stacks === 1 ? resolve(folder) : resolve(folder, stack.replaceAll("/", "_"));
}
