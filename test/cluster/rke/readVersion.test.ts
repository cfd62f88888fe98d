import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readRkeVersion } from "../../../cluster/rke/readVersion.ts";
import { program, tempFolder, textFile } from "../../support/folder.ts";

describe("asking the binary", () => {
  test("gives the version of a program that prints one", () => {
    const rke = program(join(tempFolder(), "rke"), '[ "$1" = --version ] && echo "rke version v1.8.0"');
    expect(readRkeVersion(rke).text).toBe("v1.8.0");
  });

  test("says which program was not found", () => {
    expect(() => readRkeVersion("/nowhere/rke")).toThrow('no program "/nowhere/rke" was found');
  });

  test("says that a file may not be executed", () => {
    const file = textFile(join(tempFolder(), "rke"), "#!/bin/sh\n");
    chmodSync(file, 0o644);
    expect(() => readRkeVersion(file)).toThrow(`"${file}" may not be executed`);
  });

  test("says that the program failed, in one line", () => {
    const rke = program(join(tempFolder(), "rke"), "echo many >&2; echo lines >&2; exit 3");
    expect(() => readRkeVersion(rke)).toThrow(/^"[^\n]*rke --version" ended with exit code 3: lines$/);
  });

  test("says that the program may be for another machine, which the system takes for a script", () => {
    const rke = program(join(tempFolder(), "rke"), "");
    writeFileSync(rke, "\u007fELF for another machine");
    expect(() => readRkeVersion(rke)).toThrow(
      /^"[^\n]*rke --version" ended with exit code 127: [^\n]*; is it RKE for this machine \(\w+ \w+\)\?$/,
    );
  });

  test("quotes what another program said instead of a release", () => {
    const rke = program(join(tempFolder(), "rke"), "echo 'kubectl v1.20'");
    expect(() => readRkeVersion(rke)).toThrow('said "kubectl v1.20", which is not a release of RKE');
  });

  test("refuses a release that has no snapshot-restore yet and takes the first that has", () => {
    const folder = tempFolder();
    const old = program(join(folder, "old"), 'echo "rke version v0.1.6"');
    const first = program(join(folder, "first"), 'echo "rke version v0.1.7"');
    expect(() => readRkeVersion(old)).toThrow("RKE v0.1.6 cannot restore snapshots; v0.1.7 is the first that can");
    expect(readRkeVersion(first).text).toBe("v0.1.7");
  });
});
