import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "./mounts.ts";
import { Problem } from "./problem.ts";
import { attempt, run } from "./process.ts";
import { type Progress, timed } from "./progress.ts";

let indexIsFresh: Promise<void> | undefined;

export async function installPrograms(packages: Record<string, string>, progress: Progress): Promise<void> {
  const missing = new Set<string>();
  for (const [program, name] of Object.entries(packages)) if (!(await hasProgram(program))) missing.add(name);
  if (missing.size === 0) return;
  const names = [...missing];
  await mustHaveApt(`install ${names.join(" ")}`);
  await timed(progress, `installing ${names.join(", ")} (apt)`, async () => {
    await updateIndex();
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  });
}

/** Debian packages unpacked into a folder of ours: nothing of them is installed, no service of theirs is started. */
export async function unpackPackages(names: string[], folder: string): Promise<void> {
  await mustHaveApt(`fetch ${names.join(" ")}`);
  await updateIndex();
  const part = `${folder}.part`;
  await removeTree(part);
  await mkdir(join(part, "root"), { recursive: true });
  // The sandbox user of apt cannot write into a folder of root's.
  await run("apt-get", ["download", "-qq", "-o", "APT::Sandbox::User=root", ...names], { cwd: part });
  await run("sh", ["-c", 'for deb in *.deb; do dpkg-deb -x "$deb" root && rm "$deb" || exit 1; done'], { cwd: part });
  await rename(join(part, "root"), folder);
  await removeTree(part);
}

/** The mirror this machine's own apt takes Debian from. */
export async function debianMirror(): Promise<string> {
  await mustHaveApt("find the Debian mirror");
  const format = "$(ORIGIN) $(RELEASE) $(SITE)";
  const targets = await run("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]);
  return mirrorOf(targets);
}

/** Of apt's index targets ("origin release site") the site of the Debian archive itself. */
export function mirrorOf(targets: string): string {
  for (const line of targets.split("\n")) {
    const [origin, release, site] = line.trim().split(" ");
    if (origin === "Debian" && site && !release?.includes("security")) return site;
  }
  throw new Problem('apt knows no Debian archive: check /etc/apt/sources.list, type "apt-get update" and try again');
}

async function hasProgram(program: string): Promise<boolean> {
  return (await attempt("sh", ["-c", `command -v ${program}`], { env: pathWithSbin() })).code === 0;
}

function pathWithSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
}

function updateIndex(): Promise<void> {
  indexIsFresh ??= run("apt-get", ["update", "-qq"]).then(() => undefined);
  return indexIsFresh;
}

async function mustHaveApt(toDoWhat: string): Promise<void> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  if (/^ID=debian$/m.test(release) && (await hasProgram("apt-get"))) return;
  throw new Problem(
    `the lab wants to ${toDoWhat}, which it can do on Debian only. Run it on Debian 12 (a virtual machine will do)`,
  );
}
