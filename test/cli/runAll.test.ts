import { describe, expect, test } from "vitest";
import type { Answer, Job } from "../../cli/job.ts";
import { runAll, type StackRun } from "../../cli/runAll.ts";

/** What happens on a stack: how its preview and its run end. */
interface Fate {
  preview?: "fails" | "nothing to do";
  run?: "fails";
  isConfirmed?: false;
}

async function ran(fates: Record<string, Fate>, parallel = 1, signals: NodeJS.Signals[] = []) {
  const log: string[] = [];
  const stops: boolean[] = [];
  let started = 0;
  let running = 0;
  let most = 0;
  const start = (job: Job): StackRun => {
    const { preview, run } = fates[job.stack] ?? {};
    if (started++ === 0) for (const signal of signals) setImmediate(() => process.emit(signal, signal));
    let end: (code: number) => void = () => {};
    const ended = new Promise<number>((resolve) => {
      end = resolve;
    });
    const asked = preview === undefined;
    if (!asked) end(preview === "fails" ? 1 : 0);
    return {
      job,
      ended,
      previewed: new Promise((resolve) => setImmediate(() => resolve(asked ? { kind: "previewed" } : undefined))),
      say: (answered) => {
        if (answered.kind === "stop") {
          stops.push(answered.now);
          return;
        }
        log.push(`${job.stack} ${answered.kind === "go" ? "goes" : answered.problem.message}`);
        most = Math.max(most, ++running);
        setImmediate(() => {
          running--;
          end(answered.kind === "no" || run === "fails" ? 1 : 0);
        });
      },
    };
  };
  const jobs = Object.keys(fates).map((stack): Job => ({ command: "apply", stack, config: {}, accepted: [] }));
  const questions: string[] = [];
  const decide = async (stack: string) => {
    questions.push(stack);
    return answers(fates[stack]);
  };
  const code = await runAll({ jobs, parallel, start, decide });
  return { code, log, most, started, stops, questions };
}

function answers(fate: Fate | undefined): Answer {
  return fate?.isConfirmed === false
    ? { kind: "no", problem: { message: "not confirmed", remedy: "confirm it" } }
    : { kind: "go" };
}

describe("several clusters", () => {
  test("are rolled back one after the other, and the exit code is 0", async () => {
    expect(await ran({ a: {}, b: {} })).toMatchObject({ code: 0, log: ["a goes", "b goes"], most: 1 });
  });

  test("are rolled back so many at once as asked", async () => {
    expect(await ran({ a: {}, b: {}, c: {} }, 2)).toMatchObject({ code: 0, most: 2 });
  });

  test("are not begun any more once one has failed", async () => {
    expect(await ran({ a: { run: "fails" }, b: {} })).toMatchObject({
      code: 1,
      log: ["a goes", "b the run of another stack failed, and this one was not begun"],
    });
  });

  test("are none of them begun when a preview failed", async () => {
    expect(await ran({ a: {}, b: { preview: "fails" } })).toMatchObject({
      code: 1,
      log: ["a the preview of another stack failed"],
    });
  });

  test("of which one has nothing to do do not wait for it", async () => {
    expect(await ran({ a: { preview: "nothing to do" }, b: {} })).toMatchObject({ code: 0, log: ["b goes"] });
  });

  test("are none of them begun when one is not confirmed", async () => {
    const log = ["a another stack was not confirmed", "b not confirmed"];
    expect(await ran({ a: {}, b: { isConfirmed: false } })).toMatchObject({ code: 1, log });
    expect(await ran({ a: {}, b: { isConfirmed: false } }, 2)).toMatchObject({ code: 1, log });
  });

  test("are not asked for any more once one is not confirmed", async () => {
    const log = ["a not confirmed", "b another stack was not confirmed"];
    expect(await ran({ a: { isConfirmed: false }, b: {} })).toMatchObject({ code: 1, log, questions: ["a"] });
  });

  test("are not previewed any more once somebody asked to stop", async () => {
    const stopped = await ran({ a: { preview: "fails" }, b: {} }, 1, ["SIGINT"]);
    expect(stopped).toMatchObject({ code: 1, started: 1, stops: [false] });
  });
});

describe("a request to stop", () => {
  test.each<[NodeJS.Signals[], boolean[]]>([
    [["SIGINT"], [false]],
    [
      ["SIGINT", "SIGINT"],
      [false, true],
    ],
    [
      ["SIGTERM", "SIGTERM"],
      [false, true],
    ],
    // A terminal that is lost: the kernel says so, and the shell.
    [["SIGHUP", "SIGHUP"], [false]],
    // A pipeline that is cancelled.
    [["SIGINT", "SIGTERM"], [false]],
  ])("that comes as %j is meant as %j for at once", async (signals, meant) => {
    expect((await ran({ a: {} }, 1, signals)).stops).toEqual(meant);
  });
});
