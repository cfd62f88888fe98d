import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "./support/folder.ts";

test("the tests of the lab's stand-ins fail in one sentence where Go is missing", () => {
  const programs = tempFolder();
  symlinkSync("/usr/bin/dirname", join(programs, "dirname"));
  const script = join(import.meta.dirname, "goTests.sh");
  const { status, stderr } = spawnSync("/bin/sh", [script], {
    env: { PATH: programs, GOROOT: programs },
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stderr).toBe("go is not installed, and no stand-in of the lab was tested: https://go.dev/dl, version 1.26\n");
});
