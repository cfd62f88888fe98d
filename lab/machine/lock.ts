import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { folders } from "./folders.ts";
import { Problem } from "./problem.ts";
import type { Progress } from "./progress.ts";

let held: { depth: number; release: Promise<() => void> } | undefined;

/**
 * Only one process at a time changes the lab of this machine; others wait and are told for whom.
 * Whoever holds the lock may take it again. The kernel frees it when its holder dies, however it dies.
 */
export async function withLabLock<T>(what: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  held ??= { depth: 0, release: acquire(what, progress) };
  const mine = held;
  mine.depth += 1;
  try {
    await mine.release;
    return await work();
  } finally {
    mine.depth -= 1;
    if (mine.depth === 0) {
      held = undefined;
      (await mine.release)();
    }
  }
}

/** Who holds the lock now, in words, or undefined. */
export async function lockHolder(): Promise<string | undefined> {
  const release = await tryLock();
  if (!release) return (await readFile(holderFile(), "utf8").catch(() => "")).trim() || "another process";
  release();
  return undefined;
}

async function acquire(what: string, progress: Progress): Promise<() => void> {
  await mkdir(folders.machine, { recursive: true });
  for (let told = ""; ; ) {
    const release = await tryLock();
    if (release) {
      const since = new Date().toISOString().slice(0, 19);
      await writeFile(holderFile(), `"${what}" in ${process.cwd()}, process ${process.pid}, since ${since}Z\n`);
      return release;
    }
    const holder = (await readFile(holderFile(), "utf8").catch(() => "")).trim() || "another process";
    if (holder !== told) progress(`the lab is being changed by ${holder}: waiting for it (Ctrl-C to give up)`);
    told = holder;
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

/** Node has no flock of its own: a child holds the lock until its standard input ends, which it does when this process does. */
async function tryLock(): Promise<(() => void) | undefined> {
  if (process.getuid?.() !== 0) {
    throw new Problem(
      'the lab starts privileged containers and sets a firewall rule: run it as root, for example with "sudo"',
    );
  }
  await mkdir(folders.machine, { recursive: true });
  const script = "echo locked; exec cat >/dev/null";
  const child = spawn("flock", ["--nonblock", join(folders.machine, "lock"), "sh", "-c", script], {
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  const locked = await Promise.race([
    once(child.stdout, "data").then(() => true),
    once(child, "exit").then(() => false),
  ]);
  if (!locked) return undefined;
  child.unref();
  for (const stream of [child.stdin, child.stdout]) (stream as unknown as { unref(): void }).unref();
  return () => child.stdin.end();
}

function holderFile(): string {
  return join(folders.machine, "holder");
}
