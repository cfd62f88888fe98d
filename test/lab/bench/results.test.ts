import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { readResults, resultsFile, writeResults } from "../../../lab/bench/results.ts";
import { tempFolder } from "../../support/folder.ts";
import { someResults } from "./someResults.ts";

test("what was written is read again, and nothing else is left", () => {
  const into = tempFolder();
  expect(readResults(into)).toBeUndefined();
  writeResults(into, someResults());
  writeResults(into, someResults({ turns: [] }));
  expect(readResults(into)).toEqual(someResults({ turns: [] }));
  expect(existsSync(`${resultsFile(into)}.part`)).toBe(false);
});

test("results that are none are not written over those that are there", () => {
  const into = tempFolder();
  writeResults(into, someResults());
  expect(() => writeResults(into, someResults({ rounds: 0.5 }))).toThrow(/rounds/);
  expect(readResults(into)).toEqual(someResults());
});
