import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folders } from "../machine/folders.ts";
import { run } from "../machine/process.ts";
import type { Progress } from "../machine/progress.ts";

const CLONE = join(import.meta.dirname, "../..");

/** Packs the clone and installs the package as an operator does. @returns what Node runs for `rancher-rollback`. */
export async function installPackage(say: Progress): Promise<string> {
  const folder = join(folders.run, "package");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [packed] = JSON.parse(await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: CLONE }));
  say(`${packed.filename}: ${(packed.size / 2 ** 20).toFixed(1)} MiB`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", packed.filename], { cwd: folder });
  return join(folder, "node_modules", packed.name, "bin/rancher-rollback.cjs");
}
