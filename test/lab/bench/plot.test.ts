import { parseFragment } from "parse5";
import { expect, test } from "vitest";
import { barChart, timeline } from "../../../lab/bench/plot.ts";

const bar = (label: string, median: number, min = median, max = median) => ({
  label,
  spread: { median, min, max, count: 3 },
});

/** The values of an attribute on every element of a class. */
function values(svg: string, kind: string, attribute: string): number[] {
  const elements = [...svg.matchAll(/<\w+ class="([^"]*)"([^>]*)>/g)].filter(
    ([, kinds]) => kinds?.split(" ")[0] === kind,
  );
  return elements.map(([, , rest = ""]) => Number(new RegExp(`\\b${attribute}="([^"]*)"`).exec(rest)?.[1]));
}

test("bars are as long as their medians, on one scale", () => {
  const [long = 0, short = 0] = values(barChart("Outage", [bar("by hand", 120), bar("in place", 30)]), "bar", "width");
  expect(short).toBeGreaterThan(0);
  expect(long / short).toBeCloseTo(4, 1);
});

test("a line shows the smallest and the largest value where they differ", () => {
  expect(barChart("Outage", [bar("one", 5)])).not.toContain('class="line"');
  expect(barChart("Outage", [bar("several", 5, 4, 7)])).toContain('class="line"');
});

test("every value stands beside its bar", () => {
  const chart = barChart("Outage", [bar("by hand", 120.04), bar("in place", 24.26)]);
  expect(chart).toContain(">120.0 s<");
  expect(chart).toContain(">24.3 s<");
});

test("nothing reaches over the edge, however many rows", () => {
  const rows = Array.from({ length: 9 }, (_, at) => bar(`way ${at}`, 100 * at + 1, 100 * at, 1000));
  const chart = barChart("Outage", rows);
  const [, height] = /height="(\d+)"/.exec(chart) ?? [];
  expect(Math.max(...values(chart, "bar", "y")) + 22).toBeLessThan(Number(height));
  const ends = values(chart, "bar", "x").map((x, at) => x + Number(values(chart, "bar", "width")[at]));
  expect(Math.max(...ends)).toBeLessThan(860);
});

test("segments lie where their times are, each named, and the outage is below them", () => {
  const segments = [
    { title: "Lock the cluster", start: 0, end: 1 },
    { title: "Restore etcd", start: 1, end: 81 },
    { title: "Verify", start: 90, end: 100 },
  ];
  const chart = timeline("When", [{ label: "rke", segments, outage: { from: 10, until: 90 } }]);
  const [lock = 0, restore = 0, verify = 0] = values(chart, "bar", "x");
  expect((verify - lock) / (restore - lock)).toBeCloseTo(90, -1);
  expect(chart).toContain("<title>Lock the cluster: 1.0 s</title>");
  // The short one's name has no room in it.
  expect(chart).not.toContain(">Lock the cluster<");
  expect(chart).toContain(">Restore etcd<");
  expect(values(chart, "outage", "width")[0]).toBeCloseTo((verify - lock) * (80 / 90), 0);
});

test("texts cannot break out of the drawing", () => {
  const chart = barChart('<script>"&', [bar("</svg><b>", 1)]);
  expect(chart).not.toContain("<script>");
  const [svg, ...others] = parseFragment(chart).childNodes.filter(({ nodeName }) => nodeName !== "#text");
  expect(svg?.nodeName).toBe("svg");
  expect(others).toEqual([]);
});
