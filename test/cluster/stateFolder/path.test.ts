import { expect, test } from "vitest";
import { planFile, stateFolder } from "../../../cluster/stateFolder/path.ts";

test("the state folder is beside the cluster file", () => {
  expect(stateFolder("/clusters/a.yml")).toBe("/clusters/.rancher-rollback");
  expect(stateFolder("/clusters/a.yml", "runs", "1")).toBe("/clusters/.rancher-rollback/runs/1");
  expect(planFile("/clusters/a.yml")).toBe("/clusters/.rancher-rollback/plan.json");
});
