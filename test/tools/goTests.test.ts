import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { program, tempFolder } from "../support/folder.ts";

test.each(["", "go1.24.9"])(
  "the tests of the lab's stand-ins fail in one sentence where Go is missing or old: %j",
  (go) => {
    const programs = tempFolder();
    if (go) program(join(programs, "go"), `echo ${go}`);
    symlinkSync("/usr/bin/dirname", join(programs, "dirname"));
    const script = join(import.meta.dirname, "goTests.sh");
    const { status, stderr } = spawnSync("/bin/sh", [script], {
      env: { PATH: programs, GOROOT: programs },
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stderr).toBe(
      "Go 1.25 or newer is not installed, and no stand-in of the lab was tested: https://go.dev/dl\n",
    );
  },
);
