import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { z } from "zod";
import { flock } from "../flock.ts";
import { jsonIn } from "../json.ts";
import { startOf } from "../processes.ts";
import { RKE_PURPOSES } from "./log.ts";

/** Who holds the lock on a cluster folder: a step that must be alone in it, and the RKE that it runs. */
const holderSchema = z.object({
  step: z.int().positive().describe("process id"),
  stepStarted: z.string().optional().describe("as startOf says it; absent where that is not known"),
  // The group of this process may be ended: 1 is every process of the user.
  rke: z.int().min(2).optional().describe("process id; absent as long as none runs"),
  command: z.string(),
  purpose: z.enum(RKE_PURPOSES).optional().describe("what RKE was asked to do; absent as long as none runs"),
  since: z.string().describe("ISO 8601"),
  log: z.string().optional().describe("path of RKE's log; absent as long as none runs"),
});
export type LockHolder = z.infer<typeof holderSchema>;

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
      return { heldBy: holderSchema.safeParse(jsonIn(path)).data };
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
