import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import yargs from "yargs";
import { commandLine } from "../../cli/commandLine.ts";

let complaints: string[];
beforeEach(() => {
  complaints = [];
  vi.spyOn(console, "error").mockImplementation((text) => complaints.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("what is mistyped is refused before anything begins", () => {
  test.each([
    [[], "a command is missing"],
    [["plan"], "Missing required argument: stack"],
    [["plna", "--stack", "a"], "Did you mean plan?"],
    [["erase", "--stack", "a"], "Unknown command: erase"],
    [["plan", "--stack", "a", "--now"], "Unknown argument: now"],
    [["plan", "--stack", "a", "--stack", "a"], "stack a is named twice"],
    [["apply", "--stack", "a", "--parallel", "zero"], "--parallel is a number from 1 on"],
    [["apply", "--stack", "a", "--parallel", "0"], "--parallel is a number from 1 on"],
    [["plan", "--stack", "a", "--config", "snapshot"], "--config snapshot is not KEY=VALUE"],
  ])("%j: %s", async (words, complaint) => {
    expect(await commandLine(yargs(words))).toBe(1);
    expect(complaints.join("\n")).toContain(complaint);
  });
});
