import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../run/events.ts";
import { errorLine, newRecord, note, recordSchema } from "../../run/record.ts";
import { recordOf } from "../output/display/someRun.ts";
import { somePlan } from "../plan/somePlan.ts";

const about = (second: number) => ({ at: new Date(Date.UTC(2026, 10, 23, 3, 0, second)).toISOString(), stack: "prod" });

const begun: Extract<RunEvent, { event: "run-started" }> = {
  event: "run-started",
  ...about(0),
  eventVersion: 3,
  command: "apply",
  cluster: "prod",
  clusterFile: "/clusters/rancher-cluster.yml",
  snapshot: "before-upgrade",
  versions: { RKE: "v1.8.0" },
};

const recorded = (events: RunEvent[]) => recordSchema.parse(recordOf([begun, ...events]));

describe("why a run did not succeed, in one line,", () => {
  const error = "the restore of base is refused; nothing was done:\n  prod can lose data";
  test("is the cause of a refusal, not the heading of its text", () => {
    const problems = ["prod can lose data", "test can lose data"].map((message) => ({ message, remedy: "accept it" }));
    expect(errorLine({ error, problems })).toBe("prod can lose data; test can lose data");
  });

  test("is the first line of what other programs say", () => {
    expect(errorLine({ error: "error: no access\nusage: …" })).toBe("error: no access");
  });
});

describe("the record of a run", () => {
  test("has what to do about a warning, where there is something to do", () => {
    const warning = { event: "note", level: "warning", text: "node3 may still be locked" } as const;
    const { notes } = recorded([
      { ...warning, ...about(1), remedy: "on node3: rm it" },
      { ...warning, ...about(2) },
    ]);
    expect(notes.map(({ remedy }) => remedy)).toEqual(["on node3: rm it", undefined]);
    expect(notes[1]).not.toHaveProperty("remedy");
  });

  test("has its steps with their phases, times and last lines, and when the wiping began", () => {
    const record = recorded([
      { event: "plan", ...about(1), plan: somePlan() },
      { event: "step-started", ...about(2), step: "snapshot-node2", operation: "create" },
      { event: "line", ...about(3), step: "snapshot-node2", text: "fetching" },
      { event: "wiping", ...about(4), step: "etcd-restore" },
      { event: "step-ended", ...about(5), step: "snapshot-node2", operation: "create", failed: false, seconds: 3 },
      {
        event: "run-ended",
        ...about(6),
        result: "succeeded",
        canBeUndone: true,
        after: { rancherVersion: "v2.5.8", etcdMembers: 3, nodesReady: 3 },
      },
    ]);
    expect(record.plan?.snapshot.name).toBe("before-upgrade");
    expect(record.steps).toEqual([
      {
        ...{ step: "snapshot-node2", phase: 3, title: "Fetch the snapshot", node: "node2", operation: "create" },
        ...{ startedAt: about(2).at, endedAt: about(5).at, failed: false, lines: ["fetching"] },
      },
    ]);
    expect(record).toMatchObject({ result: "succeeded", wipedAt: about(4).at, canBeUndone: true });
  });

  test("has the time whose changes are lost: from the snapshot to the point of no return", () => {
    const { snapshot } = somePlan();
    const planned: RunEvent = { event: "plan", ...about(1), plan: somePlan() };
    const wiping: RunEvent = { event: "wiping", ...about(4), step: "etcd-restore" };
    expect(recorded([planned, wiping]).loss).toEqual({ from: snapshot.takenAt, to: about(4).at });
    expect(recorded([wiping]).loss).toEqual({ to: about(4).at });
    expect(recorded([planned])).not.toHaveProperty("loss");
  });

  test("has the time without Rancher: from when it was first stopped until it first served", () => {
    const stopping = (second: number): RunEvent => ({ event: "rancher-stopping", ...about(second), step: "restore" });
    const serving = (second: number): RunEvent => ({ event: "rancher-serving", ...about(second), step: "verify" });
    expect(recorded([stopping(2)]).outage).toEqual({ from: about(2).at });
    expect(recorded([stopping(2), stopping(3), serving(5), serving(9)]).outage).toEqual({
      ...{ from: about(2).at, to: about(5).at },
    });
    expect(recorded([serving(5)])).not.toHaveProperty("outage");
  });

  test("of a run that goes on with an earlier one has the time without Rancher since that one wiped", () => {
    const record = { ...newRecord(begun), wipedBefore: "2026-11-23T02:00:00.000Z" };
    note(record, { event: "rancher-serving", ...about(5), step: "verify" });
    expect(record.outage).toEqual({ from: "2026-11-23T02:00:00.000Z", to: about(5).at });
  });

  test("says how it was confirmed and where RKE's logs are", () => {
    const record = recorded([
      { event: "confirmed", ...about(1), how: "terminal" },
      { event: "rke-log", ...about(2), step: "etcd-restore", path: "/logs/restore.log" },
    ]);
    expect(record.confirmed).toBe("terminal");
    expect(record.rkeLogs).toEqual([{ step: "etcd-restore", path: "/logs/restore.log" }]);
  });

  test("says which step was skipped, and why", () => {
    const step = { step: "rke-up", operation: "create" } as const;
    const record = recorded([
      { event: "step-started", ...about(2), ...step },
      { event: "step-ended", ...about(3), ...step, failed: false, skipped: "comes-last", seconds: 1 },
    ]);
    expect(record.steps[0]).toMatchObject({ failed: false, skipped: "comes-last" });
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
