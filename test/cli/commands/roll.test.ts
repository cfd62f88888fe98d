import { beforeEach, expect, test, vi } from "vitest";
import { roll } from "../../../cli/commands/roll.ts";
import type { Job } from "../../../cli/job.ts";
import type { RollOptions } from "../../../cli/options.ts";
import type { RunEvent } from "../../../run/events.ts";

const happened = vi.hoisted((): string[] => []);

vi.mock("../../../cli/run.ts", () => ({
  Run: class {
    readonly previewed = Promise.resolve({ kind: "previewed", consent: "base" });
    readonly ended: Promise<number>;
    private end: (code: number) => void = () => {};
    readonly job: Job;
    constructor(job: Job, show: (event: RunEvent) => void, phase: (text: string) => void) {
      this.job = job;
      happened.push(`${job.stack} started`);
      phase("opening the stack");
      show({ event: "note", level: "warning", at: "2026-11-23T03:00:58.000Z", stack: job.stack, text: "old" });
      this.ended = new Promise((resolve) => {
        this.end = resolve;
      });
    }
    say({ kind }: { kind: string }) {
      happened.push(`answered ${kind}`);
      this.end(1);
    }
  },
}));

vi.mock("../../../output/display/display.ts", () => {
  happened.push("display loaded");
  const show = (event: RunEvent) => happened.push(event.event === "note" ? event.text : event.event);
  return { displayFor: () => ({ show, close: () => happened.push("display closed") }) };
});

beforeEach(() => void happened.splice(0));

test("starts the worker before it loads the display, and shows every event that came meanwhile", async () => {
  const options: RollOptions = { stack: ["prod"], config: [], json: false } as never;
  expect(await roll("apply", { ...options, parallel: 1 })).toBe(1);
  expect(happened).toEqual([
    "prod started",
    "display loaded",
    "opening the stack",
    "old",
    "answered no",
    "display closed",
  ]);
});
