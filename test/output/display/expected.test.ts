import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { WAYS } from "../../../cluster/inPlace/way.ts";
import { expectedSeconds } from "../../../output/display/expected.ts";
import { restorePlan } from "../../../plan/restoring.ts";
import type { RunEvent } from "../../../run/events.ts";
import { somePlan } from "../../plan/somePlan.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { someSettings } from "../../support/settings.ts";
import { BEGAN, leaveRun, recordOf, someEnd, someRun } from "./someRun.ts";

test("what a phase will take is what it took in the cluster's own runs, or else on the lab", () => {
  const folder = tempFolder();
  const run = { clusterFile: join(folder, "cluster.yml"), plan: somePlan() };
  const onTheLab = expectedSeconds(run);
  expect(onTheLab["Restore etcd"]).toBeGreaterThan(60);
  leaveRun(folder, "1", [...someRun(6), someEnd()]);
  leaveRun(folder, "2", [
    ...someRun(2),
    { ...(someEnd() as Extract<RunEvent, { event: "run-ended" }>), result: "failed" },
  ]);
  mkdirSync(join(folder, ".rancher-rollback", "runs", "3"));
  const expected = expectedSeconds(run);
  expect(expected).toMatchObject({ "Restore etcd": 10, "Fetch the snapshot": 20 });
  expect(expected["Unlock the cluster"]).toBe(onTheLab["Unlock the cluster"]);
  const inPlace = somePlan({ restore: { way: "in-place", reasons: [], expectedSeconds: 47 } });
  const another = expectedSeconds({ ...run, plan: inPlace });
  expect(another["Fetch the snapshot"]).toBe(20);
  expect(another["Restore etcd"]).not.toBe(10);
});

test.each(WAYS)("what all phases take on the lab is the duration that the plan says, restored %s", (way) => {
  const bytes = 2e9;
  const restoring = { decision: { way, reasons: [] }, hosts: [], records: [] };
  const part = restorePlan(someSettings(), restoring, undefined, bytes);
  const plan = somePlan({ ...part, snapshot: { ...somePlan().snapshot, bytes } });
  const phases = Object.values(expectedSeconds({ clusterFile: join(tempFolder(), "cluster.yml"), plan }));
  expect(Math.round(phases.reduce((sum, one) => sum + one, 0))).toBe(part.expectedSeconds);
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
  expect(expectedSeconds({ clusterFile: join(folder, "cluster.yml") })).toMatchObject({
    "Run rke up": 0.7,
    "Run rke up last": 42,
  });
});
