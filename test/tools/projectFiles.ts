import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export const PROJECT = join(import.meta.dirname, "../..");

/** Paths from the project's folder, of what git knows and of what is new. @param patterns all files without any. */
export function projectFiles(...patterns: string[]): string[] {
  const listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", ...patterns];
  const paths = execFileSync("git", listed, { cwd: PROJECT, encoding: "utf8" }).split("\0").filter(Boolean);
  return paths.filter((path) => existsSync(join(PROJECT, path)));
}
