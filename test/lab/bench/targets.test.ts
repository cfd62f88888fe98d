import { expect, test } from "vitest";
import { targetResults } from "../../../lab/bench/targets.ts";
import { measured, someResults } from "./someResults.ts";

function target(title: string, results = someResults()) {
  return targetResults(results).find((one) => one.title === title);
}

test("a ratio is that of the medians, and is met up to its limit", () => {
  expect(target("in place: outage, of that by hand")).toMatchObject({ measured: 26 / 122, isMet: true });
  expect(target("RKE's restore: outage, of that by hand")).toMatchObject({ measured: 110 / 122, isMet: false });
  const exactly = someResults({ turns: [measured("by-hand", 1, 100, 200), measured("in-place", 1, 25, 60)] });
  expect(target("in place: outage, of that by hand", exactly)).toMatchObject({ measured: 0.25, isMet: true });
  expect(target("in place: total, of that by hand", exactly)).toMatchObject({ measured: 0.3, isMet: false });
});

test("seconds are medians", () => {
  expect(target("in place: outage (the ambition)")).toMatchObject({ measured: 26, isMet: false });
  expect(target("preview")).toMatchObject({ measured: 3.6, isMet: true });
  expect(target("apply with nothing to do")).toMatchObject({ measured: 3.4, isMet: false });
});

test("what was not measured is neither met nor missed", () => {
  expect(target("undo by rename: total")).not.toHaveProperty("isMet");
  expect(target("preview with a dead node in the kubeconfig")).not.toHaveProperty("measured");
  const alone = someResults({ turns: [measured("in-place", 1, 24, 30)] });
  expect(target("in place: outage, of that by hand", alone)).not.toHaveProperty("measured");
});
