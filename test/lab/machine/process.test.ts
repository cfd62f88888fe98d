import { expect, test } from "vitest";
import { attempt, run } from "../../../lab/machine/process.ts";

test("gives the exit code and both outputs", async () => {
  expect(await attempt("sh", ["-c", "echo out; echo err >&2; exit 3"])).toEqual({
    code: 3,
    stdout: "out\n",
    stderr: "err\n",
  });
});

test("hands over every line as it comes", async () => {
  const lines: string[] = [];
  await attempt("sh", ["-c", "echo one; echo two >&2"], { onLine: (line) => lines.push(line) });
  expect(lines.sort()).toEqual(["one", "two"]);
});

test("a failure tells the command, its exit code and its last words", async () => {
  await expect(run("sh", ["-c", "echo no room >&2; exit 2"])).rejects.toThrow(/exit code 2[\s\S]*no room/);
});

test("a command that does not end is ended", async () => {
  const result = await attempt("sleep", ["60"], { timeout: 100 });
  expect(result.code).not.toBe(0);
  expect(result.stderr).toContain("gave no end within 0.1 s");
});

test("a program that is missing is named", async () => {
  await expect(attempt("no-such-program", [])).rejects.toThrow('"no-such-program" is not installed');
});
