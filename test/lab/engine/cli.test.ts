import { expect, test } from "vitest";
import { suits } from "../../../lab/engine/cli.ts";

test.each([
  ["v3.259.0\n", true],
  ["3.200.0", true],
  ["v3.200.1-alpha.7", true],
  ["v3.199.9", false],
  ["v4.0.0", false],
  ["v4.0.0-alpha.1", false],
  ["", false],
])("a CLI that prints %j runs a program for 3.200 and later 3.x: %s", (printed, expected) => {
  expect(suits(printed, ">=3.200.0 <4.0.0-0")).toBe(expected);
});
