import { expect, test } from "vitest";
import { dateAndClock, percent, roundTime, took } from "../../../output/report/times.ts";

test.each([
  [0, "0.0 s"],
  [9.94, "9.9 s"],
  [9.96, "10 s"],
  [59.6, "1 min 0 s"],
  [218, "3 min 38 s"],
  [3599.6, "1 h 0 min"],
  [7500, "2 h 5 min"],
])("%d seconds took %s", (seconds, words) => {
  expect(took(seconds)).toBe(words);
});

test.each([
  [0, "0"],
  [30, "30 s"],
  [120, "2 min"],
  [5400, "1 h 30 min"],
])("%d seconds on the axis are %s", (seconds, words) => {
  expect(roundTime(seconds)).toBe(words);
});

test("a time of another zone is told in UTC", () => {
  expect(dateAndClock("2026-11-23T05:17:02.900+02:00")).toBe("2026-11-23 03:17:02 UTC");
});

test("a small share is not told as none", () => {
  expect([0, 0.001, 0.256, 1].map(percent)).toEqual(["0 %", "< 1 %", "26 %", "100 %"]);
});
