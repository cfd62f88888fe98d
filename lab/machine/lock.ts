import { randomUUID } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { flock } from "../../cluster/flock.ts";
import { folders } from "./folders.ts";
import { Problem } from "./problem.ts";
import type { Progress } from "./progress.ts";

/** In the environment of a holder's children: they may change the lab that it holds, one at a time. */
const PASS = "RANCHER_ROLLBACK_LAB_HELD";

/** Who holds a lock, as its holder writes it down beside it. */
interface Holder {
  what: string;
  folder: string;
  pid: number;
  /** ISO 8601. */
  since: string;
  pass: string;
}

interface Lock {
  /** Waits for the lock and says for whom. Whoever holds it may take it again. Returns what gives it back. */
  take(what: string, progress: Progress): Promise<() => void>;
  /** Who holds it now and would be waited for, in words. */
  holder(): Promise<string | undefined>;
}

/**
 * A lock among processes, kept in a folder. The kernel frees it when its holder dies, however it dies. The holder's
 * children, which learn of it by the environment, enter; among themselves they take turns.
 */
export function lockIn(folder: string): Lock {
  let held: { depth: number; release: Promise<() => void> } | undefined;

  return {
    async take(what, progress) {
      held ??= { depth: 0, release: acquire(folder, what, progress) };
      const mine = held;
      mine.depth += 1;
      const giveBack = async () => {
        mine.depth -= 1;
        if (mine.depth > 0) return;
        held = undefined;
        (await mine.release)();
      };
      try {
        await mine.release;
      } catch (error) {
        await giveBack().catch(() => {});
        throw error;
      }
      return () => void giveBack();
    },

    async holder() {
      const attempt = await tryLock(folder);
      if ("inTheWay" in attempt) return attempt.inTheWay;
      attempt.release();
      return undefined;
    },
  };
}

const lab = lockIn(folders.machine);

/** Only one process at a time changes the lab of this machine, for as long as `work` lasts. */
export async function withLabLock<T>(what: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  const release = await holdLab(what, progress);
  try {
    return await work();
  } finally {
    release();
  }
}

/** Holds the lab of this machine until the returned function is called, or this process ends. */
export async function holdLab(what: string, progress: Progress): Promise<() => void> {
  mustBeRoot();
  return await lab.take(what, progress);
}

/** Who else holds the lab now, in words, or undefined. */
export async function lockHolder(): Promise<string | undefined> {
  mustBeRoot();
  return await lab.holder();
}

function mustBeRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new Problem(
    'the lab starts privileged containers and sets a firewall rule: run it as root, for example with "sudo"',
  );
}

async function acquire(folder: string, what: string, progress: Progress): Promise<() => void> {
  for (let reported = ""; ; ) {
    const attempt = await tryLock(folder);
    if ("release" in attempt) {
      const pass = randomUUID();
      const since = `${new Date().toISOString().slice(0, 19)}Z`;
      const holder: Holder = { what, folder: process.cwd(), pid: process.pid, since, pass };
      await writeFile(holderFile(folder, attempt.level), JSON.stringify(holder));
      if (attempt.level === "inside") return attempt.release;
      process.env[PASS] = pass;
      return () => {
        delete process.env[PASS];
        attempt.release();
      };
    }
    if (attempt.inTheWay !== reported)
      progress(`the lab is being changed by ${attempt.inTheWay}: waiting for it (Ctrl-C to give up)`);
    reported = attempt.inTheWay;
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

/** Of a lock and of what its holder's children take turns with. */
type Level = "lock" | "inside";

async function tryLock(folder: string): Promise<{ level: Level; release: () => void } | { inTheWay: string }> {
  await mkdir(folder, { recursive: true });
  const release = tryFile(join(folder, "lock"));
  if (release) return { level: "lock", release };
  const holder = await readHolder(folder, "lock");
  if (holder?.pass === undefined || holder.pass !== process.env[PASS]) return { inTheWay: holderText(holder) };
  const inside = tryFile(join(folder, "inside"));
  return inside ? { level: "inside", release: inside } : { inTheWay: holderText(await readHolder(folder, "inside")) };
}

/** The lock is the open file's: it goes with this process, however that ends. */
function tryFile(file: string): (() => void) | undefined {
  const fd = openSync(file, "a");
  const close = () => closeSync(fd);
  if (flock(fd)) return close;
  close();
  return undefined;
}

/** Undefined while nobody has written who it is, or an older version of the lab has. */
async function readHolder(folder: string, level: Level): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(holderFile(folder, level), "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function holderText(holder: Holder | undefined): string {
  if (!holder) return "another process";
  return `"${holder.what}" in ${holder.folder}, process ${holder.pid}, since ${holder.since}`;
}

function holderFile(folder: string, level: Level): string {
  return join(folder, level === "lock" ? "holder" : "holder-inside");
}
