import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { benchmarksPage, writePage } from "../../../lab/bench/page.ts";
import { readResults, writeResults } from "../../../lab/bench/results.ts";
import { tempFolder } from "../../support/folder.ts";
import { someResults } from "./someResults.ts";

const DOCS = join(import.meta.dirname, "../../../docs");

/** The cells of the first row that begins so. */
function row(page: string, first: string): string[] | undefined {
  const line = page.split("\n").find((one) => one.startsWith(`| ${first} |`));
  return line
    ?.split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe("the page", () => {
  test("has the median of each way with the smallest and the largest value", () => {
    const { page } = benchmarksPage(someResults());
    expect(row(page, "the runbook by hand")).toEqual([
      "the runbook by hand",
      "122.0 s (120.0 to 124.0)",
      "192.0 s (190.0 to 194.0)",
      "232.0 s (230.0 to 234.0)",
      "2",
    ]);
  });

  test("says what failed, what was not measured, and why", () => {
    const { page } = benchmarksPage(someResults());
    expect(row(page, "apply, RKE's restore")?.at(-1)).toBe("2, 1 of them failed");
    expect(page).toContain(
      "- apply, RKE's restore, round 2, failed: apply ended with exit code 1: etcd | did not start",
    );
    expect(page).toContain("- the runbook in Ansible was not measured: it could not be installed");
    expect(row(page, "undo by rename")).toBeUndefined();
    const failedDryRuns = [{ dryRun: "preview-dead-node", reason: "plan ended\nwith exit code 1" } as const];
    expect(benchmarksPage(someResults({ failedDryRuns })).page).toContain(
      "switched off failed: plan ended with exit code 1",
    );
  });

  test("sets the targets beside what was measured, and says plainly which are missed", () => {
    const { page } = benchmarksPage(someResults());
    expect(row(page, "in place: outage, of that by hand")?.slice(1)).toEqual(["≤ 0.25 x", "0.21 x", "met"]);
    expect(row(page, "RKE's restore: outage, of that by hand")?.slice(1)).toEqual(["≤ 0.85 x", "0.90 x", "**missed**"]);
    expect(row(page, "undo by rename: total")?.slice(1)).toEqual(["≤ 20.0 s", "", "not measured"]);
    expect(page).toContain("- RKE's restore: outage, of that by hand: missed by 0.05 x");
  });

  test("names the machine, the commit, the versions and the load", () => {
    const { page } = benchmarksPage(someResults({ commit: { id: "0123abc", changed: true } }));
    expect(row(page, "commit")?.[1]).toBe("0123abc, with changes that are not committed");
    expect(row(page, "processor")?.[1]).toBe("Some CPU, 2 cores");
    expect(row(page, "load when a command began")?.[1]).toBe("0.1 to 1.3");
    expect(row(page, "RKE")?.[1]).toBe("v1.8.0");
  });

  test("has the large database where that was measured, with its own commit and its target", () => {
    const { commit, machine, versions } = someResults();
    const inPlace = { restore: 40, outage: 60, total: 70, whole: 110 };
    const big = {
      ...{ resultsVersion: 1 as const, startedAt: "2026-11-28T02:00:00.000Z", machine, versions, load: 0.25 },
      ...{ commit: { ...commit, id: "fedcba9" }, bytes: 2.5 * 2 ** 30, bare: [30, 32, 50], inPlace },
      bareOnOne: [24, 26, 25],
      opened: [
        { bytes: 3 * 2 ** 20, keys: 800, seconds: 1.8, peakMiB: 31 },
        { bytes: 2.5 * 2 ** 30, keys: 250_800, seconds: 37.5, peakMiB: 140 },
      ],
    };
    const { page } = benchmarksPage(someResults(), { big });
    expect(row(page, "`etcdctl snapshot restore` alone")?.[1]).toBe("32.0 s (30.0 to 50.0)");
    expect(page).toContain("database of 2.5 GiB");
    expect(page).toMatch(/takes 1.25 x .* ≤ 1.3 x: met. .*\ncommit fedcba9, load 0.3/);
    expect(row(page, "2560 MiB")?.slice(1)).toEqual(["250800", "37.5", "140 MiB"]);
    expect(page).toContain("1.50 x what etcdctl alone takes on one host to restore it; the target is ≤ 1.5 x: met");
    const slow = { ...big, inPlace: { ...inPlace, restore: 64 } };
    expect(benchmarksPage(someResults(), { big: slow }).page).toMatch(/takes 2.00 x .*: \*\*missed\*\*/);
    expect(benchmarksPage(someResults()).page).not.toContain("large database");
  });

  test("says so when the run was cut off", () => {
    const { endedAt: _, ...cutOff } = someResults();
    expect(benchmarksPage(cutOff).page).toContain("**This run was cut off before its end");
    expect(benchmarksPage(someResults()).page).not.toContain("cut off");
  });

  test("has no number and no plot where nothing was measured", () => {
    const { page, plots } = benchmarksPage(someResults({ turns: [], dryRuns: [] }));
    expect(plots).toEqual({});
    expect(page).toContain("No restore was measured.");
    expect(page).not.toContain("![");
    expect(page).not.toMatch(/\*\*missed\*\*|\bmet\b/);
  });

  test("shows every plot that is drawn, and no other", () => {
    const { page, plots } = benchmarksPage(someResults());
    const shown = [...page.matchAll(/!\[.*?\]\(benchmarks\/(.*?)\)/g)].map(([, file]) => file);
    expect(shown.sort()).toEqual(Object.keys(plots).sort());
  });
});

test("page and plots are written beside the results, and nothing where there are none", () => {
  const into = tempFolder();
  expect(writePage(into)).toBe(false);
  expect(existsSync(join(into, "benchmarks.md"))).toBe(false);
  writeResults(into, "results.json", someResults());
  expect(writePage(into)).toBe(true);
  expect(readFileSync(join(into, "benchmarks.md"), "utf8")).toBe(benchmarksPage(someResults()).page);
  expect(readFileSync(join(into, "benchmarks/outage.svg"), "utf8")).toMatch(/^<svg /);
});

test("a page in the docs is that of the results in the docs", () => {
  const results = readResults(DOCS, "results.json");
  expect(existsSync(join(DOCS, "benchmarks.md"))).toBe(results !== undefined);
  if (!results) return;
  const { page, plots } = benchmarksPage(results, {
    big: readResults(DOCS, "big.json"),
    scale: readResults(DOCS, "scale.json"),
  });
  expect(readFileSync(join(DOCS, "benchmarks.md"), "utf8")).toBe(page);
  for (const [name, plot] of Object.entries(plots)) {
    expect(readFileSync(join(DOCS, "benchmarks", name), "utf8")).toBe(plot);
  }
});
