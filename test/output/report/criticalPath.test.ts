import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { criticalPath, percent } from "../../../output/report/criticalPath.ts";
import { runSeconds } from "../../../output/report/spans.ts";
import type { RunRecord } from "../../../run/record.ts";
import { at, type Happened, killed, recordOf, step, succeeded, unchanged } from "./someRecord.ts";

const ended = (seconds: number): Happened => [seconds, { event: "run-ended", result: "succeeded", canBeUndone: false }];
const partsOf = (record: RunRecord) =>
  criticalPath(record).map(({ what, seconds }) => `${what} ${Math.round(seconds * 10) / 10}`);

describe("the critical path", () => {
  test("goes through the slowest of parallel steps, and through what came before and after", () => {
    const record = recordOf("apply", [
      ...step("lock", 2, 10),
      ...step("snapshot-node1", 10, 14),
      ...step("snapshot-node2", 10, 19),
      ...step("preflight", 20, 25),
      ended(26),
    ]);
    expect(partsOf(record)).toEqual([
      "before the first step 2",
      "Lock the cluster 8",
      "Fetch the snapshot, node2 9",
      "Pre-flight checks 5",
      "between the steps 1",
      "after the last step 1",
    ]);
  });

  test("goes through every node where they take turns", () => {
    const record = recordOf("apply", [...step("snapshot-node1", 0, 4), ...step("snapshot-node2", 4, 9), ended(9)]);
    expect(partsOf(record)).toEqual(["Fetch the snapshot, node1 4", "Fetch the snapshot, node2 5"]);
  });

  test("counts the steps of one name as one", () => {
    const record = recordOf("apply", [...step("lock-id", 0, 1), ...step("lock", 1, 3), ended(3)]);
    expect(partsOf(record)).toEqual(["Lock the cluster 3"]);
  });

  test("of a killed run ends with the step that was running, as far as it is known", () => {
    expect(partsOf(killed()).slice(-2)).toEqual(["Restore etcd 18.8", "between the steps 0.4"]);
  });

  test("of a run without steps is its time, and of one without time nothing", () => {
    expect(partsOf(unchanged())).toEqual(["no step ran 4.2"]);
    expect(criticalPath(recordOf("apply", []))).toEqual([]);
  });

  test("knows the shares of the whole", () => {
    const restore = criticalPath(succeeded()).find(({ what }) => what === "Restore etcd");
    expect(restore?.share).toBeCloseTo(116 / 249.6);
  });

  test("adds up to the run's time, whatever ran beside whatever and however clocks were set", () => {
    const times = fc.tuple(fc.integer({ min: -50, max: 200 }), fc.integer({ min: -50, max: 200 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(times, { maxLength: 12 }), fc.nat(150), (all, end) => {
        const record = recordOf("apply", [ended(end)]);
        record.steps = all.map(([from, to, over], number) => ({
          step: `snapshot-node${number}`,
          operation: "create" as const,
          startedAt: at(from),
          ...(over && { endedAt: at(to) }),
          failed: false,
          lines: [],
        }));
        const parts = criticalPath(record);
        const sum = parts.reduce((seconds, part) => seconds + part.seconds, 0);
        // Three kinds of pauses are left out where they would be shown as nothing.
        expect(Math.abs(sum - runSeconds(record))).toBeLessThan(0.15);
        for (const { seconds, share } of parts) {
          expect(seconds).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

test("a small share is not shown as none", () => {
  expect([0, 0.001, 0.256, 1].map(percent)).toEqual(["0 %", "< 1 %", "26 %", "100 %"]);
});
