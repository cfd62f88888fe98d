import { closeSync, existsSync, lstatSync, mkdtempSync, openSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { flock } from "./flock.ts";

/** Short: what runs in the folder may make a Unix socket in it, whose path must not be longer than 103 bytes. */
const PREFIX = "rancher-rollback-";
/** In each folder: locked as long as its owner lives. */
const ALIVE = "alive";
/** A folder that is younger may just be about to be locked, ms. */
const YOUNG = 60_000;

/** A folder of this process' own that no other user can enter. */
export interface TempFolder {
  path: string;
  remove: () => void;
}

/**
 * Makes a folder in the system's temporary folder, and removes those that killed runs of this user have left there: the
 * official plugins put the cluster's kubeconfig into the temporary folder that they are given, and leave it there.
 */
export function ownTempFolder(): TempFolder {
  sweep(tmpdir());
  const path = mkdtempSync(join(tmpdir(), PREFIX));
  const fd = openSync(join(path, ALIVE), "wx", 0o600);
  try {
    flock(fd, "shared");
  } catch {
    // Without a program that locks, it is not swept either.
  }
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
      closeSync(fd);
    },
  };
}

function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!/^rancher-rollback-\w{6}$/.test(name)) continue;
    const left = join(folder, name);
    try {
      if (isAbandoned(left)) rmSync(left, { recursive: true, force: true });
    } catch {
      // Somebody else's, or another process removes it just now.
    }
  }
}

function isAbandoned(folder: string): boolean {
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || Date.now() - found.mtimeMs < YOUNG) return false;
  const alive = join(folder, ALIVE);
  if (!existsSync(alive)) return true;
  const fd = openSync(alive, "r+");
  try {
    return flock(fd);
  } finally {
    closeSync(fd);
  }
}
