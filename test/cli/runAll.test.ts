import { describe, expect, test } from "vitest";
import type { Job } from "../../cli/job.ts";
import type { Answer } from "../../cli/run.ts";
import { runAll, type StackRun } from "../../cli/runAll.ts";

/** What happens on a stack: how its preview and its run end. */
interface Fate {
  preview?: "fails" | "nothing to do";
  run?: "fails";
  isConfirmed?: false;
}

async function ran(fates: Record<string, Fate>, parallel = 1) {
  const log: string[] = [];
  let running = 0;
  let most = 0;
  const start = (job: Job): StackRun => {
    const { preview, run } = fates[job.stack] ?? {};
    let end: (code: number) => void = () => {};
    const ended = new Promise<number>((resolve) => {
      end = resolve;
    });
    const asked = preview === undefined;
    if (!asked) end(preview === "fails" ? 1 : 0);
    return {
      job,
      ended,
      previewed: Promise.resolve(asked ? { kind: "previewed", changes: 1 } : undefined),
      answer: (answered) => {
        log.push(`${job.stack} ${answered.kind === "go" ? "goes" : answered.why}`);
        most = Math.max(most, ++running);
        setImmediate(() => {
          running--;
          end(answered.kind === "no" || run === "fails" ? 1 : 0);
        });
      },
      stop: () => {},
    };
  };
  const jobs = Object.keys(fates).map((stack): Job => ({ command: "apply", stack, config: {}, accepted: [] }));
  const code = await runAll({ jobs, parallel, start, decide: async (stack) => answers(fates[stack]) });
  return { code, log, most };
}

function answers(fate: Fate | undefined): Answer {
  return fate?.isConfirmed === false ? { kind: "no", why: "not confirmed" } : { kind: "go" };
}

describe("several clusters", () => {
  test("are rolled back one after the other, and the exit code is 0", async () => {
    expect(await ran({ a: {}, b: {} })).toEqual({ code: 0, log: ["a goes", "b goes"], most: 1 });
  });

  test("are rolled back so many at once as is said", async () => {
    expect(await ran({ a: {}, b: {}, c: {} }, 2)).toMatchObject({ code: 0, most: 2 });
  });

  test("are not begun any more once one has failed", async () => {
    expect(await ran({ a: { run: "fails" }, b: {} })).toMatchObject({
      code: 1,
      log: ["a goes", "b the run of another stack failed; this one was not begun"],
    });
  });

  test("are none of them begun when a preview failed", async () => {
    expect(await ran({ a: {}, b: { preview: "fails" } })).toMatchObject({
      code: 1,
      log: ["a the preview of another stack failed; nothing was done"],
    });
  });

  test("of which one has nothing to do do not wait for it", async () => {
    expect(await ran({ a: { preview: "nothing to do" }, b: {} })).toMatchObject({ code: 0, log: ["b goes"] });
  });

  test("are none of them begun when one is not confirmed", async () => {
    const log = ["a another stack was not confirmed; nothing was done", "b not confirmed"];
    expect(await ran({ a: {}, b: { isConfirmed: false } })).toMatchObject({ code: 1, log });
    expect(await ran({ a: {}, b: { isConfirmed: false } }, 2)).toMatchObject({ code: 1, log });
  });
});
