import { mkdir, readFile, statfs } from "node:fs/promises";
import { delimiter } from "node:path";
import { installPrograms } from "./debian.ts";
import { folders } from "./folders.ts";
import { Problem } from "./problem.ts";
import { attempt } from "./process.ts";
import type { Progress } from "./progress.ts";

const gibibyte = 1024 ** 3;
/** A cold build leaves 5 GB of lab and 6 GB of Go caches. */
const diskNeeded = { cold: 15, warm: 1 };
/** Three nodes take 2.5 GiB, the compiler another 2. Once it was built there was enough, and nodes may be running now. */
const memoryNeeded = { cold: 5, warm: 0 };

/** Says all that is missing at once; installs what Debian has. */
export async function checkMachine(cold: boolean, progress: Progress): Promise<void> {
  const problems = (await Promise.all([architecture(), disk(cold), memory(cold)])).filter(Boolean);
  if (problems.length > 0)
    throw new Problem(`the lab cannot run here:\n${problems.map((line) => `  - ${line}`).join("\n")}`);
  process.env.PATH = [process.env.PATH, "/usr/local/go/bin", "/usr/sbin", "/sbin"].join(delimiter);
  const ssh = { ssh: "openssh-client", "ssh-keygen": "openssh-client" };
  await installPrograms(
    { iptables: "iptables", ip: "iproute2", ...ssh, flock: "util-linux", openssl: "openssl" },
    progress,
  );
}

/** The Go compiler, asked for only when something has to be built. */
export async function checkGo(): Promise<void> {
  const version = await attempt("go", ["env", "GOVERSION"]).catch(() => undefined);
  const [, minor] = /^go1\.(\d+)/.exec(version?.stdout ?? "") ?? [];
  if (Number(minor) >= 25) return;
  const found = version ? `found is ${version.stdout.trim()}` : "none is on the PATH or in /usr/local/go/bin";
  throw new Problem(
    `the lab builds RKE, Kubernetes and flannel with Go 1.25 or later; ${found}. Install Go and try again`,
  );
}

async function architecture(): Promise<string | undefined> {
  if (process.platform === "linux" && process.arch === "x64") return undefined;
  return `it needs Linux on x86-64, this is ${process.platform} on ${process.arch}`;
}

async function disk(cold: boolean): Promise<string | undefined> {
  await mkdir(folders.cache, { recursive: true });
  const { bavail, bsize } = await statfs(folders.cache);
  const [free, needed] = [(bavail * bsize) / gibibyte, cold ? diskNeeded.cold : diskNeeded.warm];
  if (free >= needed) return undefined;
  return `${folders.cache} has ${free.toFixed(1)} GiB free and ${needed} are needed: make room, or set RANCHER_ROLLBACK_LAB to a folder on another disk`;
}

async function memory(cold: boolean): Promise<string | undefined> {
  const available = Number(/MemAvailable:\s+(\d+) kB/.exec(await readFile("/proc/meminfo", "utf8"))?.[1]) / 1024 ** 2;
  const needed = cold ? memoryNeeded.cold : memoryNeeded.warm;
  if (available >= needed) return undefined;
  return `${available.toFixed(1)} GiB of memory are available and ${needed} are needed: end something, or use a larger machine`;
}
