import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unbroken, wrap } from "../../../output/display/wrap.ts";

describe("a wrapped text", () => {
  test.each([
    ["a short one stays", 20, ["a short one stays"]],
    ["one two three four", 9, ["one two", "three", "four"]],
    ["see /clusters/production/rancher-cluster.yml", 24, ["see", "/clusters/production/rancher-cluster.yml"]],
    ["before-the-upgrade of it", 12, ["before-the-upgrade", "of it"]],
    [`to set it: ${unbroken("pulumi config set a b")} now`, 14, ["to set it:", "pulumi config set a b", "now"]],
    ["", 10, [""]],
    ["rancher:v2.5.9 → rancher:v2.5.8", 15, ["rancher:v2.5.9", "→ rancher:v2.5.8"]],
    ["one two\nthree four", 9, ["one two", "three", "four"]],
  ])("%j in %i columns", (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });

  test.each([
    [{ text: "one two three", mark: "-" }, 9, ["- one two", "  three"]],
    [{ text: "one two three", indent: 2 }, 9, ["  one two", "    three"]],
    [{ text: "one two three", indent: 2, mark: "→" }, 11, ["  → one two", "    three"]],
    [{ text: "one\ntwo", mark: "-" }, 9, ["- one", "  two"]],
    [{ text: "/clusters/production", indent: 2, mark: "-" }, 9, ["  - /clusters/production"]],
  ] as const)("of the item %j in %i columns hangs below its first line", (item, width, lines) => {
    expect(wrap(item, width)).toEqual(lines);
  });

  test.each(["- one two", "  one two", "→ one two"])("is no item for its own beginning: %j", (text) => {
    expect(wrap(text, 5).at(-1)).toBe("two");
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
