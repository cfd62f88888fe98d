import { execFileSync } from "node:child_process";
import { arch, type } from "node:os";
import { systemErrorText } from "../systemError.ts";
import { printable } from "../text.ts";
import { parseRkeVersion, type RkeVersion, restoresSnapshots } from "./version.ts";

/**
 * Asks the binary for its version.
 * @throws Error with a sentence for the operator: not found, not executable, or an output that is no release of RKE.
 */
export function readRkeVersion(binary: string): RkeVersion {
  let printed: string;
  try {
    printed = execFileSync(binary, ["--version"], {
      encoding: "utf8",
      timeout: 20_000,
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw new Error(`no program "${binary}" was found`);
    if (code === "EACCES") throw new Error(`"${binary}" may not be executed`);
    throw new Error(`"${binary} --version" ${howItFailed(error as ChildError)}`);
  }
  const version = parseRkeVersion(printed);
  if (!version) throw new Error(`"${binary} --version" said "${printed.trim()}", which is not a release of RKE`);
  if (!restoresSnapshots(version)) {
    throw new Error(`RKE ${version.text} cannot restore snapshots; v0.1.7 is the first that can`);
  }
  return version;
}

interface ChildError extends NodeJS.ErrnoException {
  /** The exit code; null where a signal ended it. */
  status?: number | null;
  stderr?: string;
}

function howItFailed(error: ChildError): string {
  const { status, stderr = "" } = error;
  if (typeof status !== "number") return `failed: ${systemErrorText(error).split("\n")[0]}`;
  const ended = `ended with exit code ${status}: ${printable(stderr).trim().split("\n").at(-1) || "no output"}`;
  // A program of another machine is run as a shell script, execvp(3), and the shell knows none of its words.
  return /^12[67]$|^2$/.test(String(status)) ? `${ended}; is it RKE for this machine (${type()} ${arch()})?` : ended;
}
