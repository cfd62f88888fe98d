import type { Job } from "./job.ts";
import type { Answer, Run } from "./run.ts";

export interface RunAllArgs {
  jobs: Job[];
  /** How many at once. */
  parallel: number;
  /** Begins a stack's preview. */
  start: (job: Job) => StackRun;
  /** Whether the run of this stack goes on after its preview. */
  decide: (stack: string, previewed: { changes: number; snapshotToAccept?: string }) => Promise<Answer>;
}

/** A stack's run as far as it matters to the others. */
export type StackRun = Pick<Run, "job" | "previewed" | "ended" | "answer" | "stop">;

/**
 * Previews every stack, asks for each, and runs them, some at once. A failure stops the start of further ones; one in a
 * preview, or a stack that is not confirmed, of all.
 * @returns the exit code for all of them: the worst.
 */
export async function runAll({ jobs, parallel, start, decide }: RunAllArgs): Promise<number> {
  const runs = new Set<StackRun>();
  const withdraw = onInterrupts(runs);
  const codes: number[] = [];
  try {
    const asked: { run: StackRun; answer: Answer }[] = [];
    const isBad = (code: number) => code === 1;
    await pool(jobs, parallel, async (job) => {
      const run = start(job);
      runs.add(run);
      void run.ended.then((code) => codes.push(code));
      if ((await run.previewed) === undefined) await run.ended;
    });
    for (const run of runs) {
      const previewed = await run.previewed;
      if (!previewed) continue;
      const answer = codes.some(isBad)
        ? ({ kind: "no", why: "the preview of another stack failed; nothing was done" } as const)
        : await decide(run.job.stack, previewed);
      asked.push({ run, answer });
    }
    const isUnconfirmed = asked.some(({ answer }) => answer.kind === "no");
    await pool(asked, parallel, async ({ run, answer }) => {
      const why = isUnconfirmed
        ? "another stack was not confirmed; nothing was done"
        : codes.some(isBad) && "the run of another stack failed; this one was not begun";
      run.answer(answer.kind === "go" && why ? { kind: "no", why } : answer);
      await run.ended;
    });
    await Promise.all([...runs].map(({ ended }) => ended));
    return codes.some(isBad) ? 1 : Math.max(0, ...codes);
  } finally {
    withdraw();
  }
}

/** Ctrl-C once: before the next step; twice: at once. @returns what takes that back. */
function onInterrupts(runs: Set<StackRun>): () => void {
  let times = 0;
  const stop = () => {
    times++;
    for (const run of runs) run.stop(times > 1);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  return () => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, stop);
  };
}

/** Works on all, `width` at once, in their order. */
async function pool<T>(all: T[], width: number, work: (one: T) => Promise<unknown>): Promise<void> {
  const waiting = [...all];
  const worker = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: Math.min(width, all.length) }, worker));
}
