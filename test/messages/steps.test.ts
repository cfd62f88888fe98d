import { expect, test } from "vitest";
import { comesAfterRestore, STEP_TABLE } from "../../messages/steps.ts";
import { CONTRACT } from "../../steps/contract.ts";

test("the table of steps has every step of the contract, and no other", () => {
  const named = new Set(STEP_TABLE.flatMap(({ steps }) => [...steps]));
  expect([...named].sort()).toEqual(Object.keys(CONTRACT).sort());
});

test.each([
  ["restore", false],
  ["etcd-restore", false],
  ["safety-copy", false],
  ["machine-node4", false],
  ["rke-up", true],
  ["rke-up-last", true],
  ["rancher-image", true],
  ["wait-for-api", true],
  ["unlock", true],
  ["nothing", false],
])("%s comes after the restore: %s", (step, isAfter) => {
  expect(comesAfterRestore(step)).toBe(isAfter);
});
