import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import type { RkePurpose } from "./log.ts";

/** Who holds the lock on a cluster folder: the step that runs RKE, and RKE itself once it runs. */
export interface LockHolder {
  /** Process id of the step. */
  step: number;
  /** Process id of RKE. */
  rke?: number;
  command: string;
  /** What RKE was asked to do; undefined for a step that only waits for another. */
  purpose?: RkePurpose;
  /** ISO 8601. */
  since: string;
  /** Path of RKE's log. */
  log: string;
}

/**
 * A lock on a cluster folder that the kernel keeps: it belongs to the open file, which RKE inherits, so it is held
 * for as long as the step **or** the RKE it started lives, also when one of them was killed, and is never stale.
 */
export class ClusterFolderLock {
  /** The open file, to be handed to RKE. */
  readonly fd: number;
  private constructor(fd: number) {
    this.fd = fd;
  }

  /**
   * Takes the lock, or says who has it.
   * @throws Error when neither `flock` (util-linux) nor `perl` is on the machine.
   */
  static take(path: string, holder: LockHolder): ClusterFolderLock | { heldBy: LockHolder | undefined } {
    const fd = openSync(path, "a+", 0o600);
    if (!flock(fd)) {
      closeSync(fd);
      return { heldBy: readHolder(path) };
    }
    const lock = new ClusterFolderLock(fd);
    lock.write(holder);
    return lock;
  }

  write(holder: LockHolder): void {
    ftruncateSync(this.fd);
    writeSync(this.fd, `${JSON.stringify(holder)}\n`);
  }

  /** Lets go of this process' share; a running RKE keeps its own. */
  release(): void {
    closeSync(this.fd);
  }
}

function readHolder(path: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as LockHolder;
  } catch {
    return undefined;
  }
}

// Node has no flock(2); both helpers lock the open file they inherit as descriptor 3, which stays locked when they end.
const FLOCK_HELPERS: [string, string[]][] = [
  ["flock", ["--nonblock", "3"]],
  ["perl", ["-e", 'open(my $f, "+<&=", 3) or exit 2; exit(flock($f, 6) ? 0 : 1)']],
];

function flock(fd: number): boolean {
  for (const [program, args] of FLOCK_HELPERS) {
    const { error, status } = spawnSync(program, args, { stdio: ["ignore", "ignore", "ignore", fd] });
    if (error && (error as NodeJS.ErrnoException).code === "ENOENT") continue;
    if (error) throw error;
    if (status === 0) return true;
    if (status === 1) return false;
    throw new Error(`${program} could not lock the cluster folder (exit ${status})`);
  }
  throw new Error(
    "neither flock (util-linux) nor perl is on this machine; one of them is needed to lock the cluster folder",
  );
}
