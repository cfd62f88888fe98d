import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../support/folder.ts";

/** A folder with the script at its place, and git in it. */
function project() {
  const folder = tempFolder();
  mkdirSync(join(folder, "test/tools"), { recursive: true });
  const script = join(folder, "test/tools/subjects.sh");
  copyFileSync(join(import.meta.dirname, "subjects.sh"), script);
  const who = ["-c", "user.name=ann", "-c", "user.email=ann@example.com"];
  // Never the repository that a hook of git runs these tests in.
  const env = { PATH: process.env.PATH, GIT_CEILING_DIRECTORIES: join(folder, "..") };
  return {
    folder,
    git: (...args: string[]) => execFileSync("git", [...who, ...args], { cwd: folder, env, stdio: "pipe" }),
    check: (over: Record<string, string> = {}) =>
      spawnSync("/bin/sh", [script], { env: { ...env, ...over }, encoding: "utf8" }),
  };
}

test("subjects of up to 72 characters pass, also with umlauts in the C locale, and merges whatever they are called", () => {
  const { git, check } = project();
  git("init", "--quiet");
  git("commit", "--quiet", "--allow-empty", "-m", "ü".repeat(72));
  git("checkout", "--quiet", "-b", "other");
  git("commit", "--quiet", "--allow-empty", "-m", "Do something");
  git("checkout", "--quiet", "-");
  git("merge", "--quiet", "--no-ff", "-m", "Merge ".repeat(20), "other");
  expect(check({ LC_ALL: "C" })).toMatchObject({ status: 0, stdout: "", stderr: "" });
  git("commit", "--quiet", "--allow-empty", "-m", "u".repeat(73));
  expect(check()).toMatchObject({ status: 1, stdout: expect.stringContaining("u".repeat(73)) });
});

test("subjects that cannot be read fail, and those of a shallow clone pass with a word about the others", () => {
  expect(project().check()).toMatchObject({ status: 1, stderr: expect.stringContaining("no subject was checked") });
  const { folder, git } = project();
  git("init", "--quiet", "origin");
  git("-C", "origin", "commit", "--quiet", "--allow-empty", "-m", "One");
  git("-C", "origin", "commit", "--quiet", "--allow-empty", "-m", "Two");
  git("clone", "--quiet", "--depth", "1", `file://${folder}/origin`, "clone");
  const clone = join(folder, "clone");
  mkdirSync(join(clone, "test/tools"), { recursive: true });
  copyFileSync(join(import.meta.dirname, "subjects.sh"), join(clone, "test/tools/subjects.sh"));
  const { status, stderr } = spawnSync("/bin/sh", [join(clone, "test/tools/subjects.sh")], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, "the clone is shallow, and only the subjects in it were checked: 1\n"]);
});
