import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Problem } from "../problem.ts";
import { isAlive, killGroup } from "../processes.ts";
import { stateFolder } from "../stateFolder/path.ts";
import { ClusterFolderLock, type LockHolder, thisStep } from "./folderLock.ts";
import { redactLogs } from "./keptLogs.ts";
import { LogReader } from "./log.ts";
import { removeRestoreFolder } from "./restore.ts";
import { SilenceClock } from "./silence.ts";
import { settleKilledRestore } from "./unfinishedWipe.ts";

/** Another step holds the cluster folder and still lives. */
export class ClusterFolderBusy extends Error {
  readonly holder: LockHolder | undefined;
  constructor(holder: LockHolder | undefined) {
    super(
      holder
        ? `another run holds this cluster folder: process ${holder.step} since ${holder.since} (${holder.command})${logOf(holder)}`
        : "another run holds this cluster folder",
    );
    this.holder = holder;
  }
}

function logOf({ log }: LockHolder): string {
  return log === undefined ? "" : `; its log: ${log}`;
}

/** The problem of a cluster folder that another run holds. Any other error is thrown again: it is a bug. */
export function busy(error: unknown): Problem {
  if (error instanceof ClusterFolderBusy) return { message: error.message, remedy: "wait until that run has ended" };
  throw error;
}

/** How often it is asked whether an RKE that a killed run has left has ended. */
const POLL_MS = 500;

export interface FolderWait {
  /** The cluster file; what is kept of RKE's runs is in a folder beside it. */
  clusterFile: string;
  /** See silenceBound. */
  silenceSeconds: number;
  /** Called for every line that the operator should read. */
  say: (line: string) => void;
}

/** The folder with RKE's logs and lock; it is made where it is not there. */
export function rkeFolder(clusterFile: string): { lock: string; logs: string } {
  const logs = stateFolder(clusterFile, "logs");
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  return { lock: stateFolder(clusterFile, "rke.lock"), logs };
}

/**
 * Waits for an RKE that an earlier, killed step left running: until it has ended, nothing that is read of the cluster
 * holds for long. What it has written before it wiped anything is taken back.
 * @throws ClusterFolderBusy while that step lives.
 */
export async function untilEarlierRkeEnded(waiting: FolderWait): Promise<void> {
  (await takeSettledFolder("wait for RKE", waiting)).release();
}

/**
 * Waits as untilEarlierRkeEnded does, and keeps the folder: no run of RKE and no other step gets it until the lock is
 * released.
 * @param command what the next one who comes is told of this one.
 * @throws ClusterFolderBusy while that step lives.
 */
export async function takeSettledFolder(command: string, waiting: FolderWait): Promise<ClusterFolderLock> {
  const lock = await takeFolder({ ...thisStep(), command, since: new Date().toISOString() }, waiting);
  try {
    removeRestoreFolder(waiting.clusterFile);
    if (settleKilledRestore(waiting.clusterFile) === "put-back") {
      waiting.say(
        "an earlier restore was killed before it wiped anything: RKE's state file is put back as it was before it",
      );
    }
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Takes the cluster folder for this process, once an RKE that an earlier, killed step left running has ended.
 * @throws ClusterFolderBusy while that step lives.
 */
export async function takeFolder(
  holder: LockHolder,
  { clusterFile, silenceSeconds, say }: FolderWait,
): Promise<ClusterFolderLock> {
  const { lock: path, logs } = rkeFolder(clusterFile);
  const clock = new SilenceClock(silenceSeconds);
  let [announced, stopped] = [false, false];
  let seen: string | undefined = "";
  while (true) {
    const taken = ClusterFolderLock.take(path, holder);
    if (taken instanceof ClusterFolderLock) {
      redactLogs(logs);
      return taken;
    }
    const { heldBy } = taken;
    if (!heldBy || isAlive(heldBy.step, heldBy.stepStarted)) throw new ClusterFolderBusy(heldBy);
    if (!announced) {
      announced = true;
      say(`an earlier run was killed, but its RKE still runs (${heldBy.command}): waiting for it${logOf(heldBy)}`);
    }
    // Seen twice: for a moment after the lock was taken, the file still names the one who had it before.
    if (heldBy.log === seen) {
      const quiet = secondsSinceChange(heldBy);
      const reader = readSoFar(heldBy);
      if (quiet <= silenceSeconds || !reader.mayBeStopped) {
        if (clock.isDue(quiet)) say(silenceNotice(quiet, reader, heldBy.rke));
      } else {
        if (!heldBy.rke || stopped) throw new ClusterFolderBusy(heldBy);
        stopped = true;
        say(`that RKE has printed nothing for ${silenceSeconds} s and has changed no node: it is stopped`);
        killGroup(heldBy.rke);
      }
    }
    seen = heldBy.log;
    await sleep(POLL_MS);
  }
}

/** What the operator reads while RKE prints nothing. */
export function silenceNotice(quiet: number, { mayBeStopped, lastLine }: LogReader, rke: number | undefined): string {
  const left = mayBeStopped
    ? ""
    : `; it changes the nodes, so it is left running${rke === undefined ? "" : ` (process ${rke})`}`;
  return `RKE has printed nothing for ${Math.floor(quiet)} s${left}; its last line: ${lastLine || "none"}`;
}

function readSoFar({ purpose = "restore", log }: LockHolder): LogReader {
  const reader = new LogReader(purpose);
  if (log !== undefined && existsSync(log)) reader.takeAll(readFileSync(log, "utf8"));
  return reader;
}

function secondsSinceChange({ log, since }: LockHolder): number {
  const written = log === undefined ? undefined : statSync(log, { throwIfNoEntry: false })?.mtimeMs;
  return (Date.now() - (written ?? Date.parse(since))) / 1000;
}
