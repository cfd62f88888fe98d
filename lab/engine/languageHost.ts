import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Cli } from "./cli.ts";
import { launcher } from "./launcher.ts";

export type LanguageHostFrom = "official" | "stand-in";

/** Official installations bring the language host for Node along; beside the CLI built here the stand-in is put. */
export async function getLanguageHost({ pulumi, cliFrom }: Cli): Promise<LanguageHostFrom> {
  if (cliFrom !== "built from the Go module") return "official";
  const file = join(dirname(pulumi), "pulumi-language-nodejs");
  const content = launcher(join(import.meta.dirname, "../pulumi-stand-ins/nodejs/main.ts"));
  if ((await readFile(file, "utf8").catch(() => "")) === content) return "stand-in";
  // Renamed into its place: another clone may start it at this moment.
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, content);
  await chmod(partial, 0o755);
  await rename(partial, file);
  return "stand-in";
}
