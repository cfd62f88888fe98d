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
  const script = "printf on; echo two >&2; echo e; printf three; exit 4";
  const result = await attempt("sh", ["-c", script], { onLine: (line) => lines.push(line) });
  expect(lines.sort()).toEqual(["one", "three", "two"]);
  expect(result).toEqual({ code: 4, stdout: "one\nthree", stderr: "two\n" });
});

test("a failure tells the command, its exit code and its last words", async () => {
  await expect(run("sh", ["-c", "echo no room >&2; exit 2"])).rejects.toThrow(/exit code 2[\s\S]*no room/);
});

test("a command that does not end is ended", async () => {
  const result = await attempt("sleep", ["60"], { timeout: 100 });
  expect(result.code).not.toBe(0);
  expect(result.stderr).toContain("did not end within 0.1 s and was killed");
});

test("a command that a signal ends is distinguished from one that fails", async () => {
  const result = await attempt("sh", ["-c", "kill -TERM $$"]);
  expect(result).toEqual({ code: 128, stdout: "", stderr: "\nsh was ended by SIGTERM" });
});

test("a command that reads none of its input is judged by its exit code", async () => {
  expect(await attempt("true", [], { input: "x".repeat(1_000_000) })).toMatchObject({ code: 0 });
});

test("a command without input reads an end, and nothing of this process's own", async () => {
  expect(await attempt("cat", [])).toMatchObject({ code: 0, stdout: "" });
});

test("the environment that is given is the whole of it", async () => {
  expect(await attempt("/usr/bin/env", [], { env: { ONE: "1" } })).toMatchObject({ stdout: "ONE=1\n" });
});

test("a program that is missing is named", async () => {
  await expect(attempt("no-such-program", [], { onLine: () => {} })).rejects.toThrow(
    '"no-such-program" is not installed',
  );
  await expect(attempt("/etc/passwd", [])).rejects.toThrow("EACCES");
});
