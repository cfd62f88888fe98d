import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tempFolder, textFile } from "../support/folder.ts";

const BIN = join(import.meta.dirname, "../../bin/rancher-rollback.cjs");

/** What the shell is offered for the last of these words, in a folder with two stacks. */
function offered(words: string[]): string[] {
  const folder = tempFolder();
  textFile(join(folder, "Pulumi.yaml"), "name: rancher-rollback\nruntime: nodejs\nstackConfigDir: stacks\n");
  for (const stack of ["staging", "prod"]) textFile(join(folder, `stacks/Pulumi.${stack}.yaml`), "config: {}\n");
  const { stdout } = spawnSync(process.execPath, [BIN, "--get-yargs-completions", "rancher-rollback", ...words], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, SHELL: "/bin/bash" },
  });
  return stdout.trim().split("\n").filter(Boolean);
}

describe("completion by the shell", () => {
  test.each([[["plan", "--stack", ""]], [["apply", "-s", "p"]], [["plan", "--stack", "prod", "--stack", ""]]])(
    "offers the stacks of the project for %j",
    (words) => {
      expect(offered(words)).toEqual(["prod", "staging"]);
    },
  );

  test("offers commands and options as before", () => {
    expect(offered([""])).toEqual(expect.arrayContaining(["plan", "apply", "doctor"]));
    expect(offered(["plan", "--"])).toEqual(expect.arrayContaining(["--stack", "--report"]));
  });
});
