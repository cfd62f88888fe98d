import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectedSeconds } from "../../../output/display/expected.ts";
import type { RunEvent } from "../../../run/events.ts";
import { tempFolder } from "../../support/folder.ts";
import { leaveRun, someEnd, someRun } from "./someRun.ts";

test("what a phase will take is what it took in the cluster's own runs, or else on the lab", () => {
  const folder = tempFolder();
  const onTheLab = expectedSeconds(join(folder, "cluster.yml"));
  expect(onTheLab["Restore etcd"]).toBeGreaterThan(60);
  leaveRun(folder, "1", [...someRun(6), someEnd()]);
  leaveRun(folder, "2", [
    ...someRun(2),
    { ...(someEnd() as Extract<RunEvent, { event: "run-ended" }>), result: "failed" },
  ]);
  mkdirSync(join(folder, ".rancher-rollback", "runs", "3"));
  const expected = expectedSeconds(join(folder, "cluster.yml"));
  expect(expected).toMatchObject({ "Restore etcd": 10, "Fetch the snapshot": 20 });
  expect(expected["Build the cluster"]).toBe(onTheLab["Build the cluster"]);
});
