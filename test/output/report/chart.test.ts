import { expect, test } from "vitest";
import { ticks } from "../../../output/report/chart.ts";

test.each([
  [0, [0]],
  [3, [0, 1, 2, 3]],
  [250, [0, 120, 240]],
  [3700, [0, 1800, 3600]],
  [1_000_000, [0, 259_200, 518_400, 777_600]],
])("an axis of %i s has round times: %j", (seconds, times) => {
  expect(ticks(seconds)).toEqual(times);
});
