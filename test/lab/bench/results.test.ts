import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { readResults, resultsFile, writeResults } from "../../../lab/bench/results.ts";
import { tempFolder } from "../../support/folder.ts";
import { someResults } from "./someResults.ts";

test("what was written is read again, and nothing else is left", () => {
  const into = tempFolder();
  expect(readResults(into, "results.json")).toBeUndefined();
  writeResults(into, "results.json", someResults());
  writeResults(into, "results.json", someResults({ turns: [] }));
  expect(readResults(into, "results.json")).toEqual(someResults({ turns: [] }));
  expect(existsSync(`${resultsFile(into, "results.json")}.part`)).toBe(false);
});

test("results that are none are not written over those that are there", () => {
  const into = tempFolder();
  writeResults(into, "results.json", someResults());
  expect(() => writeResults(into, "results.json", someResults({ rounds: 0.5 }))).toThrow(/rounds/);
  expect(readResults(into, "results.json")).toEqual(someResults());
});
