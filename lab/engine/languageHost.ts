import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Cli } from "./cli.ts";
import { launcher } from "./launcher.ts";

/** What runs the program for the plain CLI: official installations bring it along, beside the CLI built here the stand-in is put. */
export async function putLanguageHost({ pulumi, cliFrom }: Cli): Promise<void> {
  if (cliFrom !== "built from the Go module") return;
  const file = join(dirname(pulumi), "pulumi-language-nodejs");
  const content = launcher(join(import.meta.dirname, "../pulumi-stand-ins/nodejs/main.ts"));
  if ((await readFile(file, "utf8").catch(() => "")) === content) return;
  // Renamed into its place: another clone may start it at this moment.
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, content);
  await chmod(partial, 0o755);
  await rename(partial, file);
}
