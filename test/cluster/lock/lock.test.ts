import { describe, expect, test } from "vitest";
import { lockSchema, parseLock } from "../../../cluster/lock/lock.ts";

const LOCK = {
  ...{ id: "aaaaaaaa", holder: "ann@laptop", machine: "m1", stack: "prod", snapshot: "nightly" },
  since: "2026-11-23T14:00:00.000Z",
};

function heldAs(lock: unknown) {
  return parseLock(`held ${typeof lock === "string" ? lock : JSON.stringify(lock)}\n`).held;
}

describe("the lock that a host has", () => {
  test("is read as it was written", () => {
    expect(heldAs(LOCK)).toEqual(LOCK);
    expect(parseLock("taken\n")).toEqual({ taken: true });
  });

  test.each([
    ["no JSON", "hands off"],
    ["no object", [LOCK]],
    ["fields of other types", { id: 7, holder: null, machine: 1, stack: {}, snapshot: [], since: 0 }],
  ])("is held all the same where it is %s", (_, written) => {
    const held = heldAs(written);
    expect(held).toEqual({ id: "unreadable", holder: "someone", stack: "?", snapshot: "?", since: "?" });
    expect(() => lockSchema.parse(held)).not.toThrow();
  });

  test("keeps what can be read of one that somebody changed", () => {
    expect(heldAs({ ...LOCK, holder: 12, note: "hands off" })).toEqual({ ...LOCK, holder: "someone" });
  });
});
