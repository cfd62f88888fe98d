import { join } from "node:path";
import { vi } from "vitest";
import { program, tempFolder } from "./folder.ts";

/** Makes a script the `ssh` of the running test; returns its folder, which is `${0%/*}` in the script. */
export function sshIs(script: string): string {
  const folder = tempFolder();
  program(join(folder, "ssh"), script);
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
  return folder;
}
