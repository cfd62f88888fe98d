import { describe, expect, test } from "vitest";
import { checkInputs } from "../../../../lab/pulumi-stand-ins/command/inputs.ts";
import { UNKNOWN } from "../../../../lab/pulumi-stand-ins/values.ts";

describe("a command's inputs", () => {
  test("have the official default", () => {
    expect(checkInputs({ create: "a" }).inputs).toEqual({ create: "a", addPreviousOutputInEnv: true });
  });

  test("are refused all at once, each with what it should be", () => {
    const given = { create: 1, environment: { A: 1 }, logging: "loud", archivePaths: ["*"], stdin: UNKNOWN };
    expect(checkInputs(given).failures.map(({ reason }) => reason)).toEqual([
      "create must be a string",
      "environment must be a map of strings",
      "logging must be stdout, stderr, stdoutAndStderr or none",
      "archivePaths is unknown to the lab's stand-in for the command plugin",
    ]);
  });
});
