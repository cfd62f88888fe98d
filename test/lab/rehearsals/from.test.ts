import { expect, test } from "vitest";
import { comparison, timesOf } from "../../../lab/rehearsals/from.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 27, 3, 0, seconds)).toISOString();

test("the times of a rollback are those of its phases, of the whole and of Rancher's absence", () => {
  const step = (name: string, from: number, to: number) => ({ step: name, startedAt: at(from), endedAt: at(to) });
  const steps = [
    step("snapshot-node1", 1, 4),
    step("snapshot-node2", 2, 9),
    step("etcd-restore", 10, 130),
    step("no-step-of-ours", 0, 500),
  ];
  const record = { steps, startedAt: at(0), endedAt: at(200), outage: { from: at(12), to: at(190) } };
  expect(timesOf(record as never).slice(1)).toEqual([
    "  Fetch the snapshot: 8 s",
    "  Restore etcd: 2 min",
    "  all of it: 3 min 20 s",
    "  Rancher away: 2 min 58 s",
  ]);
});

test("what lives is compared with what the snapshot holds, and nothing of Rancher may be missing", () => {
  const objects = [
    { kind: "users", of: "rancher", snapshot: 3, live: 3, held: 3 },
    { kind: "pods", of: "kubernetes", snapshot: 9, live: 9, held: 2 },
  ];
  const inspection = (all: object[]) =>
    ({ inspection: { holds: { rancher: "v2.5.8", kubernetes: "v1.20.15" }, objects: all } }) as never;
  expect(comparison(inspection(objects))).toEqual([
    "the snapshot was taken at an unknown time, of Kubernetes v1.20.15 and Rancher v2.5.8",
    "users: 3 of 3",
    "pods: 2 of 9",
  ]);
  const [users, pods] = objects;
  expect(() => comparison(inspection([{ ...users, held: 2 }, pods as object]))).toThrow("all of Rancher");
  expect(() => comparison({})).toThrow("the snapshot was opened");
});
