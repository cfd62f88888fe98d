import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectedSeconds } from "../../../output/display/expected.ts";
import type { RunEvent } from "../../../run/events.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { BEGAN, leaveRun, recordOf, someEnd, someRun } from "./someRun.ts";

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
  expect(expected["Unlock the cluster"]).toBe(onTheLab["Unlock the cluster"]);
});

test("what a step took is its own in runs of earlier releases too, which gave its title to another", () => {
  const folder = tempFolder();
  const about = {
    at: new Date(BEGAN + 60_000).toISOString(),
    stack: "prod",
    step: "rke-up-last",
    operation: "create",
  } as const;
  const record = recordOf([
    ...someRun(6),
    { event: "step-started", ...about },
    { event: "step-ended", ...about, at: new Date(BEGAN + 102_000).toISOString(), failed: false, seconds: 42 },
    someEnd(),
  ]);
  const steps = record.steps.map((step) => (step.step === "rke-up-last" ? { ...step, title: "Run rke up" } : step));
  textFile(join(folder, ".rancher-rollback", "runs", "1", "report.json"), JSON.stringify({ ...record, steps }));
  expect(expectedSeconds(join(folder, "cluster.yml"))).toMatchObject({ "Run rke up": 1, "Run rke up last": 42 });
});
