import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LAB_TIMES, timesByLab } from "../../messages/labTimes.ts";
import { STEP_TABLE } from "../../messages/steps.ts";

interface Turn {
  method: string;
  outage: { seconds: number };
  steps: { title: string; start: number; end: number }[];
}

const RESULTS = join(import.meta.dirname, "../../docs/benchmarks/results.json");

function medianOf(turns: Turn[], secondsOf: (turn: Turn) => number): number {
  const sorted = turns.map(secondsOf).sort((one, other) => one - other);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 10) / 10;
}

test.each([
  ["in-place", "in-place"],
  ["rename-back", "undo"],
  ["rke", "rke"],
] as const)("what a rollback takes on the lab, restored %s, is what the benchmark has measured", (way, method) => {
  const all: Turn[] = JSON.parse(readFileSync(RESULTS, "utf8")).turns;
  const turns = all.filter((turn) => turn.method === method);
  const took = (title: string) =>
    medianOf(turns, ({ steps }) => {
      const step = steps.find((one) => one.title === title);
      return step ? step.end - step.start : 0;
    });
  const steps = STEP_TABLE.map(({ id, title }) => [id, took(title)] as const).filter(([, seconds]) => seconds > 0);
  expect(LAB_TIMES[way]).toEqual({
    outage: medianOf(turns, ({ outage }) => outage.seconds),
    steps: Object.fromEntries(steps),
  });
});

test("a large snapshot takes longer, and keeps Rancher away only where nothing runs meanwhile", () => {
  const [small, large] = [timesByLab("in-place"), timesByLab("in-place", 1.36e9)];
  expect([large.steps.restore - small.steps.restore, large.outage - small.outage]).toEqual([10, 0]);
  expect(timesByLab("rke", 1.36e9).outage - timesByLab("rke").outage).toBeCloseTo(10);
  expect(timesByLab("rename-back", 1.36e9)).toEqual(timesByLab("rename-back"));
});
