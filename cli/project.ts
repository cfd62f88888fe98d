import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";

/** The project's name in Pulumi: states in the field have it in every URN. */
export const PROJECT_NAME = "rancher-rollback";

/** An operator's project. */
interface Project {
  /** What paths in the config are relative to, as for `pulumi up`. */
  folder: string;
  /** Where the stacks' config files are. */
  stacks: string;
}

/**
 * The project that a command is typed in: the nearest folder from here upwards with a Pulumi.yaml of this program, else this
 * folder. A Pulumi.yaml of another program is passed over, as its stacks are not to be rolled back.
 */
export function projectOf(folder = process.cwd()): Project {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const file = join(at, "Pulumi.yaml");
    const found = existsSync(file) ? parse(readFileSync(file, "utf8")) : undefined;
    if (found?.name === PROJECT_NAME) return { folder: at, stacks: resolve(at, found.stackConfigDir ?? ".") };
    if (dirname(at) === at) return { folder: resolve(folder), stacks: resolve(folder) };
  }
}

/** The names of the stacks that have a config file in a folder, sorted. */
export function stacksIn(folder: string): string[] {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []).sort();
}
