import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nameOf } from "../machine/content.ts";
import { root } from "./places.ts";

export const failureHours = 12;

const folder = join(root, "failed");

export const retryHint = `rm -r ${folder}`;

/** Whether this download failed a short while ago, so that warm runs lose no seconds to it. */
export async function failedLately(what: string): Promise<boolean> {
  const age = await stat(fileOf(what)).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  // A clock that was set back must not make a failure last for years.
  return age >= 0 && age < failureHours * 3_600_000;
}

export async function rememberFailure(what: string, why: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(fileOf(what), `${why}\n`);
}

function fileOf(what: string): string {
  return join(folder, `${what.replaceAll(/[^\w.]+/g, "-")}-${nameOf(what)}`);
}
