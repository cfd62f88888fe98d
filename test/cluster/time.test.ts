import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { date, dateAndTime, duration, stopwatch, timeOfDay, timeStamp } from "../../cluster/time.ts";

describe("a duration", () => {
  test.each([
    [0, "0 s"],
    [2, "2 s"],
    [4.26, "4.3 s"],
    [9.94, "9.9 s"],
    [9.96, "10 s"],
    [59.6, "1 min"],
    [218, "3 min 38 s"],
    [3599.6, "1 h"],
    [5400, "1 h 30 min"],
    [7529, "2 h 5 min"],
    [12_000, "3 h 20 min"],
    [86_399, "1 d"],
    [183_600, "2 d 3 h"],
  ])("of %d seconds is %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  test("is never off by more than half of its smallest unit", () => {
    const lengths: Record<string, number> = { s: 1, min: 60, h: 3600, d: 86_400 };
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (seconds) => {
        const parts = duration(seconds)
          .split(/ (?=\d)/)
          .map((part) => part.split(" ") as [string, string]);
        expect(parts.length).toBeLessThanOrEqual(2);
        const written = parts.reduce((sum, [count, unit]) => sum + Number(count) * (lengths[unit] ?? Number.NaN), 0);
        const smallest = seconds < 3600 ? 1 : seconds < 86_400 ? 60 : 3600;
        expect(Math.abs(written - seconds)).toBeLessThanOrEqual(smallest / 2);
      }),
    );
  });
});

test.each([
  [3.9, "0:03"],
  [59.6, "0:59"],
  [187, "3:07"],
  [3723, "1:02:03"],
])("a stopwatch shows %d seconds as %s", (seconds, text) => {
  expect(stopwatch(seconds)).toBe(text);
});

test("a time of another zone is written in UTC", () => {
  const at = "2026-11-23T01:17:02.900+02:00";
  expect(dateAndTime(at)).toBe("2026-11-22 23:17:02 UTC");
  expect([date(at), timeOfDay(at), timeStamp(at)]).toEqual(["2026-11-22", "23:17:02", "20261122T231702Z"]);
});

test("time stamps sort by time", () => {
  const times = ["2026-11-23T03:17:02Z", "2026-11-23T03:17:03.500Z", "2026-12-01T00:00:00Z"];
  expect(times.map(timeStamp).sort()).toEqual(times.map(timeStamp));
});
