import { expect, test } from "vitest";
import { FAULTS, isAt, momentText } from "../../../lab/faults/fault.ts";

test("a fault comes at what a step of ours says of itself as data, and at lines of RKE's own alone", () => {
  const resource = "etcd-restore";
  const wiping = { event: "wiping", resource, at: "2026-11-23T03:00:58.000Z" } as const;
  expect(isAt("wiping", wiping)).toBe(true);
  expect(isAt("wiping", "the point of no return is passed")).toBe(false);
  expect(isAt({ phase: "exchanging" }, { event: "phase", resource, phase: "exchanging" })).toBe(true);
  expect(isAt({ phase: "exchanging" }, { event: "phase", resource, phase: "stopping-etcd" })).toBe(false);
  expect(isAt({ line: "Restoring [" }, 'msg="[etcd] Restoring [base] snapshot"')).toBe(true);
  expect(isAt({ line: "Restoring [" }, wiping)).toBe(false);
});

test("in place, no fault waits for a line", () => {
  const moments = FAULTS.flatMap(({ way, at }) => (way === "in-place" && at !== undefined ? [at] : []));
  expect(moments.length).toBeGreaterThan(5);
  expect(moments.filter((at) => at !== "wiping" && "line" in at)).toEqual([]);
  expect(moments.map(momentText)).toContain("exchanging");
});
