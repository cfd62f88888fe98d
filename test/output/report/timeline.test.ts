import { describe, expect, test } from "vitest";
import { plannedPhases, timelineOf } from "../../../output/report/timeline.ts";
import { failed, inPlace, killed, previewed, recordOf, step, succeeded } from "./someRecord.ts";

const rowsOf = (record: Parameters<typeof timelineOf>[0]) =>
  timelineOf(record).rows.map(({ label, ofNode, text }) => `${ofNode ? "  " : ""}${label}: ${text}`);

describe("the timeline", () => {
  test("has a row for every phase, and one for each node of a phase that is many nodes'", () => {
    expect(rowsOf(succeeded())).toEqual([
      "Lock the cluster: 2.3 s",
      "Fetch the snapshot: 6 s",
      "  node1: 3.6 s",
      "  node2: 6 s",
      "  node3: 2.9 s",
      "Pre-flight checks: 7.2 s",
      "Save a safety copy: 11 s",
      "Restore etcd: 1 min 56 s",
      "Run rke up: 43 s",
      "Restart the components: 29 s",
      "Set the Rancher image: 20 s",
      "Verify the cluster: 6.7 s",
      "Unlock the cluster: 1.3 s",
    ]);
  });

  test("of a failed run shows the step that failed and what never started", () => {
    expect(rowsOf(failed()).slice(8)).toEqual([
      "Run rke up: 5 min 11 s, failed",
      "Restart the components: not started",
      "Set the Rancher image: not started",
      "Verify the cluster: not started",
      "Unlock the cluster: not started",
    ]);
  });

  test("says of a step that was skipped that it was, not how long it took", () => {
    expect(rowsOf(inPlace())[8]).toBe("Run rke up: skipped");
  });

  test("of a killed run shows the step that had no end, up to the last thing known", () => {
    const row = timelineOf(killed()).rows.find(({ label }) => label === "Restore etcd");
    expect(row).toMatchObject({ text: "19 s, not finished", bars: [{ from: 33.2, to: 52, state: "running" }] });
  });

  test("marks the slowest of parallel steps, the moment of no return and nothing where it was not passed", () => {
    const { rows, wiped } = timelineOf(succeeded());
    const states = rows.filter(({ ofNode }) => ofNode).map(({ bars }) => bars.map(({ state }) => state));
    expect(states).toEqual([["beside"], ["path"], ["beside"]]);
    expect(wiped).toBeCloseTo(58.4);
    expect(timelineOf(killed())).not.toHaveProperty("wiped");
  });

  test("shows what is none of the steps of a rollback last, by its own name", () => {
    const record = recordOf("apply", [...step("something-new", 0, 2), ...step("lock", 2, 3), ...step("other", 3, 4)]);
    expect(rowsOf(record)).toEqual(["Lock the cluster: 1 s", "something-new: 2 s", "other: 1 s"]);
  });
});

test("a preview's phases come in the order of the steps, each with its nodes", () => {
  const phases = plannedPhases(previewed());
  expect(phases.map(({ title }) => title).slice(0, 3)).toEqual([
    "Lock the cluster",
    "Fetch the snapshot",
    "Pre-flight checks",
  ]);
  expect(phases).toContainEqual({ title: "Fetch the snapshot", nodes: ["node1", "node2", "node3"] });
});
