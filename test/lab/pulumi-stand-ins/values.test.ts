import { describe, expect, test } from "vitest";
import {
  copySecrecy,
  holdsSecret,
  holdsUnknown,
  reveal,
  same,
  secret,
  UNKNOWN,
} from "../../../lab/pulumi-stand-ins/values.ts";

describe("property values", () => {
  test("are revealed at every depth", () => {
    expect(reveal(secret({ a: [secret("b"), { c: secret(1) }] }))).toEqual({ a: ["b", { c: 1 }] });
  });

  test("tell whether anything in them is secret or unknown", () => {
    expect(holdsSecret({ a: [secret("b")] })).toBe(true);
    expect(holdsSecret({ a: ["b"] })).toBe(false);
    expect(holdsUnknown({ a: secret([UNKNOWN]) })).toBe(true);
    expect(holdsUnknown({ a: "b" })).toBe(false);
  });

  test("are not the same when they are unknown, even to themselves", () => {
    expect(same(UNKNOWN, UNKNOWN)).toBe(false);
    expect(same({ a: [1, { b: "c" }] }, { a: [1, { b: "c" }] })).toBe(true);
    expect(same([1], [1, 2])).toBe(false);
  });

  test("become secret where their source is, and as a whole where places cannot be matched", () => {
    const source = { plain: "a", hidden: secret("b"), list: [secret("c")] };
    const target = { plain: "a", hidden: "b", list: ["x", "c"], own: "d" };
    expect(copySecrecy(target, source)).toEqual({
      plain: "a",
      hidden: secret("b"),
      list: secret(["x", "c"]),
      own: "d",
    });
  });
});
