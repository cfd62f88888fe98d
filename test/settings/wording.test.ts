import { describe, expect, test } from "vitest";
import { meant, shortened } from "../../settings/wording.ts";

describe("the key that was meant", () => {
  test.each([
    ["snapshto", "snapshot"],
    ["SNAPSHOT", "snapshot"],
    ["rkPath", "rkePath"],
    ["clusterfiles", "clusterFile"],
  ])("for %s is %s", (word, known) => {
    expect(meant(word, ["run", "snapshot", "rkePath", "clusterFile"])).toBe(known);
  });

  test.each(["rum4", "x", "", "snap", "totally different"])("for %j is none", (word) => {
    expect(meant(word, ["run", "snapshot", "rkePath", "clusterFile"])).toBeUndefined();
  });
});

test("a value is shown on one line, its beginning only, without what moves a cursor", () => {
  expect(shortened("a\n\tb\u001b[31m\u202e")).toBe('"a b"');
  expect(shortened(7)).toBe('"7"');
  expect(shortened("x".repeat(41))).toBe(`"${"x".repeat(40)}…"`);
});
