import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { satisfies } from "semver";
import { parse } from "yaml";
import { isExecutable } from "../machine/files.ts";
import { attempt } from "../machine/process.ts";
import { type Progress, timed } from "../machine/progress.ts";
import { builtCli } from "./build.ts";
import { failedLately, rememberFailure } from "./failures.ts";
import { root } from "./places.ts";
import { versions } from "./versions.ts";

export type CliFrom = "path" | "official installer" | "built from the Go module";

export interface Cli {
  pulumi: string;
  cliFrom: CliFrom;
}

/** The CLI that is on the PATH, or the officially installed one, or one built here: the first that can be had. */
export async function getCli(progress: Progress): Promise<Cli> {
  const onPath = await cliOnPath(progress);
  if (onPath) return { pulumi: onPath, cliFrom: "path" };
  const installed = await installedCli(progress);
  if (installed) return { pulumi: installed, cliFrom: "official installer" };
  return { pulumi: await builtCli(progress), cliFrom: "built from the Go module" };
}

async function cliOnPath(progress: Progress): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    // One of our own is on the PATH of whatever runs inside the lab's environment.
    if (!isAbsolute(folder) || folder.startsWith(root)) continue;
    const pulumi = join(folder, "pulumi");
    if (!(await isExecutable(pulumi))) continue;
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { stdout } = await attempt(pulumi, ["version"], { env, timeout: 30_000 }).catch(() => ({ stdout: "" }));
    const wanted = await wantedVersions();
    if (suits(stdout, wanted)) return pulumi;
    progress(`${pulumi} is not used: it must be ${wanted}, and it is "${stdout.trim()}"`);
    // A shell would not look further either.
    return undefined;
  }
  return undefined;
}

/** Whether a CLI that prints this version runs the program, whose project asks for a range of versions. */
export function suits(printed: string, range: string): boolean {
  return satisfies(printed.trim(), range, { includePrerelease: true });
}

/** The range that the project asks for, within the npm packages' major version. */
async function wantedVersions(): Promise<string> {
  const project = parse(await readFile(join(import.meta.dirname, "../../Pulumi.yaml"), "utf8"));
  return `${project.requiredPulumiVersion} <4.0.0-0`;
}

/** The CLI by the Automation API's own installer, undefined where that cannot download. */
async function installedCli(progress: Progress): Promise<string | undefined> {
  const folder = join(root, `official-${versions.pulumi}`);
  const pulumi = join(folder, "bin/pulumi");
  if (await isExecutable(pulumi)) return pulumi;
  const what = `installer of Pulumi ${versions.pulumi}`;
  if (await failedLately(what)) return undefined;
  const partial = `${folder}.${process.pid}`;
  await mkdir(partial, { recursive: true });
  try {
    await timed(progress, `Pulumi ${versions.pulumi}: official installer`, async () => {
      const script = join(import.meta.dirname, "install.ts");
      const { code, stderr } = await attempt(process.execPath, [script, partial], { timeout: 300_000 });
      if (code === 0) await rename(partial, folder);
      else {
        await rememberFailure(what, lastLine(stderr));
        progress(`the official installer failed: ${lastLine(stderr)}`);
      }
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return (await isExecutable(pulumi)) ? pulumi : undefined;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
