import { expect, test } from "vitest";
import { benchOptions, TURNS } from "../../../lab/bench/options.ts";

test("a whole run measures every way three times and writes into docs", () => {
  expect(benchOptions([])).toMatchObject({ rounds: 3, turns: TURNS, dryRuns: 3, keep: false, pageOnly: false });
  expect(benchOptions([])?.into).toMatch(/\/docs$/);
});

test("a quick run is one round of the two ways that are compared, and leaves the docs alone", () => {
  const quick = benchOptions(["--quick"]);
  expect(quick).toMatchObject({ rounds: 1, turns: ["by-hand", "in-place"], dryRuns: 1 });
  expect(quick?.into).not.toMatch(/\/docs$/);
});

test("what is given wins, and turns keep their order", () => {
  const given = benchOptions(["--quick", "--rounds", "5", "--turns", "undo,rke", "--into", "/tmp/here", "--keep"]);
  expect(given).toMatchObject({ rounds: 5, turns: ["rke", "undo"], into: "/tmp/here", keep: true });
});

test("a large database is measured for the docs, too", () => {
  expect(benchOptions(["--big"])).toMatchObject({ big: true, into: expect.stringMatching(/\/docs$/) });
  expect(benchOptions([])).toMatchObject({ big: false });
});

test("many nodes and stacks are measured for the docs, fewer of them quickly", () => {
  const { scale, into } = benchOptions(["--scale"]) ?? {};
  expect(scale).toEqual({ sizes: [3, 10, 50, 200], stacks: { count: 100, parallel: 10 } });
  expect(into).toMatch(/\/docs$/);
  expect(benchOptions(["--scale", "--quick"])).toMatchObject({ scale: { sizes: [3, 10] }, rounds: 1 });
  expect(benchOptions([])).not.toHaveProperty("scale");
});

test("a part of the turns leaves the docs alone, the page alone is that of the docs", () => {
  expect(benchOptions(["--turns", "rke"])?.into).not.toMatch(/\/docs$/);
  expect(benchOptions(["--page"])).toMatchObject({ pageOnly: true, into: expect.stringMatching(/\/docs$/) });
});

test.each([
  [["--rounds", "0"], /--rounds is a number from 1 to 99, not "0"/],
  [["--rounds", "many"], /not "many"/],
  [["--turns", "rke,by-foot"], /by-hand, .*not "by-foot"/],
  [["--big", "--scale"], "--big and --scale are a run each"],
  [["--fast"], "usage: npm run bench"],
])("%j is refused", (words, message) => {
  expect(() => benchOptions(words)).toThrow(message);
});

test("the usage is asked for by --help", () => {
  expect(benchOptions(["--help"])).toBeUndefined();
});
