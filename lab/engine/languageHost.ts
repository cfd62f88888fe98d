import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isExecutable } from "./executable.ts";
import { launcher } from "./launcher.ts";
import { root } from "./places.ts";

export type LanguageHostFrom = "official" | "stand-in";

const NAME = "pulumi-language-nodejs";

/** The folder with the language host for Node: beside the CLI in official installations, the lab's stand-in else. */
export async function getLanguageHost(pulumi: string): Promise<{ folder: string; from: LanguageHostFrom }> {
  if (await isExecutable(join(dirname(pulumi), NAME))) return { folder: dirname(pulumi), from: "official" };
  const folder = join(root, "language-host");
  const content = launcher(join(import.meta.dirname, "../plugins/nodejs/main.ts"));
  const file = join(folder, NAME);
  if ((await readFile(file, "utf8").catch(() => "")) !== content) {
    await mkdir(folder, { recursive: true });
    const partial = `${file}.${process.pid}`;
    await writeFile(partial, content);
    await chmod(partial, 0o755);
    await rename(partial, file);
  }
  return { folder, from: "stand-in" };
}
