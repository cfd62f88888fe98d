import { expect, test } from "vitest";
import { spreadOf } from "../../../lab/bench/statistics.ts";

test("the median is the middle value, or halfway between the two in the middle", () => {
  expect(spreadOf([9, 1, 10])).toEqual({ median: 9, min: 1, max: 10, count: 3 });
  expect(spreadOf([4, 1, 2, 100])).toEqual({ median: 3, min: 1, max: 100, count: 4 });
  expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7, count: 1 });
});

test("of nothing there is no median", () => {
  expect(spreadOf([])).toBeUndefined();
});
