import { expect, test } from "vitest";
import type { ScaleResults } from "../../../../lab/bench/results.ts";
import { scalePart, scaleTargets } from "../../../../lab/bench/scale/page.ts";
import { sumOf } from "../../../../lab/bench/scale/process.ts";
import { someResults } from "../someResults.ts";

function someScale(changes: Partial<ScaleResults> = {}): ScaleResults {
  const { commit, machine, startedAt } = someResults();
  const used = { cpuSeconds: 1, peakMiB: 120 };
  const rounds = (nodes: number, part: "preview" | "restarts", all: number[]) =>
    all.map((seconds) => ({ nodes, part, seconds, ...used, commands: nodes }));
  return {
    ...{ resultsVersion: 1, commit, machine, startedAt, load: 0.2, versions: { Node: "v24" } },
    answerMs: 100,
    parts: [
      ...rounds(200, "preview", [4, 5]),
      ...rounds(200, "restarts", [30, 31]),
      ...rounds(10, "preview", [2, 2]),
      ...rounds(10, "restarts", [3, 3]),
    ],
    stacks: { count: 100, parallel: 10, nodes: 3, used: { seconds: 60, cpuSeconds: 90, peakMiB: 510 } },
    ...changes,
  };
}

test("many nodes are compared with few by the medians, part by part, and missing parts are not measured", () => {
  const targets = scaleTargets(someScale());
  expect(targets.map(({ measured }) => measured)).toEqual([2.25, undefined, 30.5 / 3, undefined, undefined, 510]);
  expect(targets.map(({ isMet }) => isMet)).toEqual([true, undefined, false, undefined, undefined, false]);
});

test("the page has a column for each number of nodes, the smallest first", () => {
  const page = scalePart(someScale()).join("\n\n");
  expect(page).toContain("| part | 10 nodes | 200 nodes | 200 against 10 |");
  expect(page).toContain("| preview | 2.0 s (2.0 to 2.0) | 4.5 s (4.0 to 5.0) | 2.25 x |");
  expect(page).toContain("| restarts | 120 MiB, 1.0 s, 10 | 120 MiB, 1.0 s, 200 |");
});

test("of several processes the largest counts, and the time of all", () => {
  const lines = '{"peakMiB":80,"cpuSeconds":0.5}\n{"peakMiB":120,"cpuSeconds":1}\n';
  expect(sumOf(lines)).toEqual({ peakMiB: 120, cpuSeconds: 1.5 });
});
