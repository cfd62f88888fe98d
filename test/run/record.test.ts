import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../run/events.ts";
import { PHASES, phaseOf } from "../../run/phases.ts";
import { newRecord, note, recordSchema } from "../../run/record.ts";
import { somePlan } from "../plan/somePlan.ts";

const about = (second: number) => ({ at: new Date(Date.UTC(2026, 10, 23, 3, 0, second)).toISOString(), stack: "prod" });

function recorded(events: RunEvent[]) {
  const record = newRecord({
    event: "run-started",
    ...about(0),
    eventVersion: 1,
    command: "apply",
    cluster: "prod",
    clusterFile: "/clusters/rancher-cluster.yml",
    snapshot: "before-upgrade",
    versions: { RKE: "v1.8.0" },
  });
  for (const event of events) note(record, event);
  return recordSchema.parse(record);
}

describe("the record of a run", () => {
  test("has its steps with their phases, times and last lines, and when the wiping began", () => {
    const record = recorded([
      { event: "plan", ...about(1), plan: somePlan() },
      { event: "step-started", ...about(2), step: "restart-node2", operation: "create" },
      { event: "line", ...about(3), step: "restart-node2", text: "restarting" },
      { event: "wiping", ...about(4), step: "etcd-restore" },
      { event: "step-ended", ...about(5), step: "restart-node2", operation: "create", failed: false, seconds: 3 },
      { event: "run-ended", ...about(6), result: "succeeded", undo: ["undo it"], after: { Rancher: "v2.5.8" } },
    ]);
    expect(record.plan?.snapshot.name).toBe("before-upgrade");
    expect(record.steps).toEqual([
      {
        ...{ step: "restart-node2", phase: 9, title: "Restart the components", node: "node2", operation: "create" },
        ...{ startedAt: about(2).at, endedAt: about(5).at, failed: false, lines: ["restarting"] },
      },
    ]);
    expect(record).toMatchObject({ result: "succeeded", wipedAt: about(4).at, undo: ["undo it"] });
  });

  test("keeps the last lines of a long log only", () => {
    const lines = Array.from(
      { length: 100 },
      (_, at): RunEvent => ({ event: "line", ...about(3), step: "rke-up", text: `${at}` }),
    );
    const record = recorded([{ event: "step-started", ...about(2), step: "rke-up", operation: "create" }, ...lines]);
    expect(record.steps[0]?.lines.length).toBeLessThan(100);
    expect(record.steps[0]?.lines.at(-1)).toBe("99");
  });

  test("of a run that was killed has no end", () => {
    const record = recorded([{ event: "step-started", ...about(2), step: "rke-up", operation: "create" }]);
    expect(record.endedAt).toBeUndefined();
    expect(record.steps[0]?.endedAt).toBeUndefined();
  });
});

test("every step of a rollback has its phase, in the order of the steps", () => {
  const steps = [
    "lock-id",
    "machine-a",
    "snapshot-a",
    "cluster-config",
    "preflight",
    "safety-copy",
    "etcd-restore",
    "rke-up",
  ];
  const more = ["restart-a", "rancher-image-api", "verification", "rke-up-last", "unlock"];
  expect([...steps, ...more].map((step) => phaseOf(step)?.number)).toEqual(PHASES.map((_, at) => at + 1));
  expect(phaseOf("provider")).toBeUndefined();
});
