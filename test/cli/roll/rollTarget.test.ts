import { expect, test } from "vitest";
import { guardBesidePlan } from "../../../cli/roll/rollTarget.ts";
import { somePlan } from "../../plan/somePlan.ts";
import { clusterFileIn } from "../../support/clusterFile.ts";
import { tempFolder } from "../../support/folder.ts";
import { someSettings } from "../../support/settings.ts";

test("apply reads downstream clusters before it locks only where its plan has not", async () => {
  const path = clusterFileIn(tempFolder());
  const cluster = { ...someSettings().cluster, path, nodes: [] };
  const guarded = async (readCluster: boolean) =>
    await guardBesidePlan(() => somePlan())(someSettings({ readCluster, cluster }));
  expect(await guarded(true)).toEqual({ problems: [], warnings: [], way: "rke" });
  // What could not be read is a warning.
  const warnings = [expect.objectContaining({ kind: "downstream-not-checked" })];
  expect(await guarded(false)).toEqual({ problems: [], warnings, way: "rke" });
});
