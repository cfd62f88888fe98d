import { expect, test } from "vitest";
import { block, code } from "../../../output/report/markdown.ts";

test.each([
  ["a`b``c", "``` a`b``c ```"],
  ["two\n  lines", "`two lines`"],
  [" \n", "(empty)"],
])("%j within a line is %s", (text, shown) => {
  expect(code(text)).toBe(shown);
});

test("a block's fence is longer than any in it", () => {
  expect(block("````\nx")).toBe("`````text\n````\nx\n`````");
});
