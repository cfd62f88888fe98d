import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { Workspace } from "../../cli/workspace.ts";
import { program, tempFolder, textFile } from "../support/folder.ts";

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return { ...fs, writeFileSync: vi.fn(fs.writeFileSync) };
});

afterEach(() => void vi.mocked(writeFileSync).mockReset());

/** A file that is written by its path is emptied first, as everywhere. */
function fullDisk(): void {
  vi.mocked(writeFileSync).mockImplementation((file) => {
    if (typeof file === "string") closeSync(openSync(file, "w"));
    throw new Error("ENOSPC: no space left on device, write");
  });
}

test("a full disk leaves the stack's file as it was, with the salt of its secrets, and the refusal names it", async () => {
  const folder = tempFolder();
  const written = "encryptionsalt: v1:abc\nconfig:\n  rancher-rollback:snapshot: newer\n";
  const file = textFile(join(folder, "Pulumi.prod.yaml"), written);
  program(join(folder, "bin/pulumi"), "echo v3.259.0");
  vi.stubEnv("PATH", `${join(folder, "bin")}:${process.env.PATH}`);
  const workspace = await Workspace.open({ stack: "prod", configFolder: folder, config: {} });
  onTestFinished(() => workspace.close());
  fullDisk();
  const before = readdirSync(folder);
  expect(() => workspace.keep({ snapshot: "safety-1" })).toThrow(
    `${file} could not be written: ENOSPC: no space left on device, write; the stack's config is as it was. Make room there, and let this user write to the folder: df -h ${folder}`,
  );
  expect([readFileSync(file, "utf8"), readdirSync(folder)]).toEqual([written, before]);
});
