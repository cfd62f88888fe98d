import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";

/** The folder that this program is installed in: of the clone, or of the package. Nothing of the operator's is in it. */
export const INSTALLED = dirname(findPackageJSON(import.meta.url) ?? "");

export function version(): string {
  return JSON.parse(readFileSync(join(INSTALLED, "package.json"), "utf8")).version;
}
