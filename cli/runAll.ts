import type { Problem } from "../cluster/problem.ts";
import type { Answer, Job } from "./job.ts";
import type { Run } from "./run.ts";

interface RunAllArgs {
  jobs: Job[];
  parallel: number;
  start: (job: Job) => StackRun;
  /** Whether the run of this stack goes on after its preview. */
  decide: (stack: string, previewed: { consent?: string }) => Promise<Answer>;
}

/** Why no further stack is asked about. */
function refusal(isBad: boolean, asked: { answer: Answer }[]): Answer | undefined {
  if (isBad) return { kind: "no", problem: PREVIEW_FAILED };
  return asked.some(({ answer }) => answer.kind === "no") ? { kind: "no", problem: NOT_CONFIRMED } : undefined;
}

const PREVIEW_FAILED: Problem = {
  message: "the preview of another stack failed",
  remedy: "Do what it says, or leave that stack out",
};
const NOT_CONFIRMED: Problem = {
  message: "another stack was not confirmed",
  remedy: "Confirm every stack, or leave that one out",
};
const RUN_FAILED: Problem = {
  message: "the run of another stack failed, and this one was not begun",
  remedy: "Finish that one, then run the command again for this one",
};

/** A stack's run as far as it matters to the others. */
export type StackRun = Pick<Run, "job" | "previewed" | "ended" | "say">;

/**
 * Previews every stack, asks for each, and runs them, some at once. A failure stops the start of further ones; one in a
 * preview, or a stack that is not confirmed, of all.
 * @returns the exit code for all of them: the worst.
 */
export async function runAll({ jobs, parallel, start, decide }: RunAllArgs): Promise<number> {
  const runs = new Set<StackRun>();
  const interrupts = onInterrupts(runs);
  const codes: number[] = [];
  try {
    const asked: { run: StackRun; answer: Answer }[] = [];
    const isBad = (code: number) => code === 1;
    await pool(jobs, parallel, async (job) => {
      if (interrupts.seen.size > 0) {
        codes.push(1);
        return;
      }
      const run = start(job);
      runs.add(run);
      void run.ended.then((code) => codes.push(code));
      if ((await run.previewed) === undefined) await run.ended;
    });
    for (const run of runs) {
      const previewed = await run.previewed;
      if (!previewed) continue;
      asked.push({ run, answer: refusal(codes.some(isBad), asked) ?? (await decide(run.job.stack, previewed)) });
    }
    const isUnconfirmed = asked.some(({ answer }) => answer.kind === "no");
    await pool(asked, parallel, async ({ run, answer }) => {
      const problem = isUnconfirmed ? NOT_CONFIRMED : codes.some(isBad) && RUN_FAILED;
      run.say(answer.kind === "go" && problem ? { kind: "no", problem } : answer);
      await run.ended;
    });
    await Promise.all([...runs].map(({ ended }) => ended));
    return codes.some(isBad) ? 1 : Math.max(0, ...codes);
  } finally {
    interrupts.withdraw();
  }
}

/**
 * Ctrl-C once: before the next step; twice: at once. A terminal that is lost says so more than once, and a pipeline that is
 * cancelled in two ways: only the same signal again, from somebody who waits, means at once.
 * @returns the signals that were seen, and what takes all of it back.
 */
function onInterrupts(runs: Set<StackRun>): { seen: ReadonlySet<NodeJS.Signals>; withdraw: () => void } {
  const seen = new Set<NodeJS.Signals>();
  const stop = (signal: NodeJS.Signals) => {
    const again = signal !== "SIGHUP" && seen.has(signal);
    const isFirst = seen.size === 0;
    seen.add(signal);
    if (again || isFirst) for (const run of runs) run.say({ kind: "stop", now: again });
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, stop);
  const withdraw = () => {
    for (const signal of signals) process.off(signal, stop);
  };
  return { seen, withdraw };
}

/** Works on all, `width` at once, in their order. */
export async function pool<T>(all: T[], width: number, work: (one: T) => Promise<unknown>): Promise<void> {
  const waiting = [...all];
  const worker = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: Math.min(width, all.length) }, worker));
}
