import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { flock } from "../flock.ts";
import { jsonIn } from "../json.ts";
import { startOf } from "../processes.ts";
import type { RkePurpose } from "./log.ts";

/** Who holds the lock on a cluster folder: a step that must be alone in it, and the RKE that it runs. */
export interface LockHolder {
  /** Both are process ids. */
  step: number;
  /** When the step started, as startOf says it; absent where that is not known. */
  stepStarted?: string;
  rke?: number;
  command: string;
  /** What RKE was asked to do; undefined as long as none runs. */
  purpose?: RkePurpose;
  /** ISO 8601. */
  since: string;
  /** Path of RKE's log; undefined as long as none runs. */
  log?: string;
}

/** What this process says of itself as the holder. */
export function thisStep(): Pick<LockHolder, "step" | "stepStarted"> {
  const stepStarted = startOf(process.pid);
  return { step: process.pid, ...(stepStarted !== undefined && { stepStarted }) };
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

  /** Takes the lock, or says who has it. @throws Error when neither `flock` (util-linux) nor `perl` is on the machine. */
  static take(path: string, holder: LockHolder): ClusterFolderLock | { heldBy: LockHolder | undefined } {
    const fd = openSync(path, "a+", 0o600);
    if (!flock(fd)) {
      closeSync(fd);
      return { heldBy: jsonIn(path) as LockHolder | undefined };
    }
    const lock = new ClusterFolderLock(fd);
    lock.write(holder);
    return lock;
  }

  write(holder: LockHolder): void {
    ftruncateSync(this.fd);
    writeSync(this.fd, `${JSON.stringify(holder)}\n`);
  }

  /** Releases this process's share; a running RKE keeps its own. */
  release(): void {
    closeSync(this.fd);
  }
}
