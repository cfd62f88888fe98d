import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { isAlive, startOf } from "../processes.ts";
import { stateFolder } from "./path.ts";

/**
 * Keeps copies of files, and texts by name, in a new folder beside the cluster file that only the operator reads. All
 * of them or none; those that are not there are left out.
 * @returns the folder's path.
 */
export function keepFiles(
  clusterFile: string,
  name: string,
  files: string[],
  texts: Record<string, string> = {},
): string {
  const folder = stateFolder(clusterFile, name);
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  mkdirSync(folder, { mode: 0o700 });
  try {
    for (const file of files) if (existsSync(file)) writeSynced(join(folder, basename(file)), readFileSync(file));
    for (const [file, text] of Object.entries(texts)) writeSynced(join(folder, file), text);
    sync(folder);
    return folder;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Writes a file that was not there, so that a power cut does not take it back. */
export function writeSynced(path: string, content: string | Buffer): void {
  const fd = openSync(path, "wx", 0o600);
  try {
    writeFileSync(fd, content);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Where a file is written before it takes its name: a process writes one of a name at a time.
 * @param by the process, and when it started where the system says it; this one if not given.
 */
export function partOf(path: string, by: { pid: number; started: string | undefined } = SELF): string {
  return join(dirname(path), `.${basename(path)}.${by.pid}-${by.started ?? ""}.part`);
}

const SELF = { pid: process.pid, started: startOf(process.pid) };

/** Removes what killed processes have left of a file that they were writing: it may have keys in it. */
export function sweepParts(path: string): void {
  const prefix = `.${basename(path)}.`;
  const folder = dirname(path);
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const [, pid, started] = (name.startsWith(prefix) && /^(\d+)-(\d*)\.part$/.exec(name.slice(prefix.length))) || [];
    if (pid === undefined || isAlive(Number(pid), started || undefined)) continue;
    rmSync(join(folder, name), { force: true });
  }
}

/**
 * Writes a file, new or not, with the folders above it; a reader never sees half of it.
 * @param like the mode that the file gets, and the owner, where this user may give it away.
 */
export function replaceSynced(
  path: string,
  content: string | Buffer,
  like?: Pick<Stats, "mode"> & Partial<Pick<Stats, "uid" | "gid">>,
): void {
  const part = partOf(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  sweepParts(path);
  try {
    writeSynced(part, content);
    if (like) {
      chmodSync(part, like.mode & 0o777);
      try {
        if (like.uid !== undefined && like.gid !== undefined) chownSync(part, like.uid, like.gid);
      } catch (error) {
        // Only root may give a file away.
        if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
      }
    }
    renameSync(part, path);
  } finally {
    rmSync(part, { force: true });
  }
}

/** What is in a folder stays there. */
export function sync(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
