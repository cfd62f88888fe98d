import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unbroken, wrap } from "../../../output/display/wrap.ts";

describe("a wrapped text", () => {
  test.each([
    ["a short one stays", 20, ["a short one stays"]],
    ["one two three four", 9, ["one two", "three", "four"]],
    ["  an indent is kept", 12, ["  an indent", "  is kept"]],
    ["see /clusters/production/rancher-cluster.yml", 24, ["see", "/clusters/production/rancher-cluster.yml"]],
    ["before-the-upgrade of it", 12, ["before-the-upgrade", "of it"]],
    ["  - /clusters/production", 9, ["  - /clusters/production"]],
    [`to set it: ${unbroken("pulumi config set a b")} now`, 14, ["to set it:", "pulumi config set a b", "now"]],
    ["", 10, [""]],
  ])("%j in %i columns", (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });

  test("can hang", () => {
    expect(wrap("- one two three", 9, 2)).toEqual(["- one two", "  three"]);
  });

  test("fits but for single words, and loses nothing but spaces", () => {
    const word = fc.stringMatching(/^[a-z/.:]{1,30}$/);
    fc.assert(
      fc.property(fc.array(word), fc.integer({ min: 1, max: 40 }), (words, width) => {
        const lines = wrap(words.join(" "), width);
        for (const line of lines.filter((one) => one.includes(" "))) expect(line.length).toBeLessThanOrEqual(width);
        expect(lines.join("").replaceAll(" ", "")).toBe(words.join(""));
      }),
    );
  });
});
