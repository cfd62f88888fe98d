import { expect, test } from "vitest";
import {
  comesAfterRestore,
  STEP_IDS,
  STEP_TABLE,
  stepIdOf,
  titlesAfter,
  titlesSinceRestore,
} from "../../messages/steps.ts";
import { CONTRACT } from "../../steps/contract.ts";

test("the table of steps has every step of the contract, and no other", () => {
  const named = new Set(STEP_TABLE.flatMap((row) => ("steps" in row ? [...row.steps] : [row.id])));
  expect([...named].sort()).toEqual(Object.keys(CONTRACT).sort());
});

test("each row of the table has an id and a title of its own", () => {
  expect(new Set(STEP_IDS).size).toBe(STEP_TABLE.length);
  expect(new Set(STEP_TABLE.map(({ title }) => title)).size).toBe(STEP_TABLE.length);
});

test.each([
  ["restore", false],
  ["safety-copy", false],
  ["await-node", false],
  ["rke-up", true],
  ["rke-up-last", true],
  ["wait-for-api", true],
  ["unlock", true],
] as const)("%s comes after the restore: %s", (step, isAfter) => {
  expect(comesAfterRestore(step)).toBe(isAfter);
});

test.each([
  ["lock-id", "lock-id", "lock"],
  ["pull-snapshot", "snapshot-node1", "pull-snapshot"],
  ["wait-for-api", "rancher-image-api", "wait-for-api"],
  ["rke-up", "rke-up", "rke-up"],
  ["rke-up", "rke-up-last", "rke-up-last"],
  ["rke-up", "prod-rke-up", "rke-up"],
  ["rke-up", "prod-rke-up-last", "rke-up-last"],
] as const)(
  "the step %s of the resource %s is %s, also where a program has put a prefix in front",
  (step, resource, id) => {
    expect(stepIdOf(step, resource)).toBe(id);
  },
);

test("what every rollback has done since the restore, and does later, leaves out what some go without", () => {
  expect(titlesSinceRestore("rke-up")).toEqual(["Restore etcd"]);
  expect(titlesSinceRestore("unlock")).toEqual([
    "Restore etcd",
    "Restart the components",
    "Set the Rancher image",
    "Verify the cluster",
  ]);
  expect(titlesAfter("wait-for-api")).toEqual(["Verify the cluster", "Unlock the cluster"]);
  expect(titlesAfter("unlock")).toEqual([]);
});
