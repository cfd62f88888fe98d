import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readClusterFile } from "../clusterFile/clusterFile.ts";
import { killGroup } from "../processes.ts";
import { systemErrorText } from "../systemError.ts";
import { type FolderWait, rkeFolder, silenceNotice, takeFolder } from "./earlierRke.ts";
import { type ClusterFolderLock, type LockHolder, thisStep } from "./folderLock.ts";
import { redactLog } from "./keptLogs.ts";
import { type LogFacts, LogReader, type RkePurpose } from "./log.ts";
import { LogFollower } from "./logFollower.ts";
import { SilenceClock } from "./silence.ts";
import { restoreBegins, restoreEnded, type StateFileFate, wipeSeen } from "./unfinishedWipe.ts";

export interface RkeRunArgs extends FolderWait {
  /** RKE and its arguments, e.g. `["rke", "up", "--config", "rancher-cluster.yml"]`; it runs in the cluster file's folder. */
  command: readonly string[];
  purpose: RkePurpose;
  /** The name of the safety copy that was saved for a restore; absent where that goes without. */
  copy?: string;
  /** The cluster folder, where the caller holds it already: RKE inherits it, and the caller releases it. */
  folder?: ClusterFolderLock;
  /** Called while no other RKE runs in the folder: before this one starts, and when it has ended. */
  around?: { before: () => void; after: () => void };
  /** Called when the wipe begins, with its time, ISO 8601. */
  wiping?: (at: string) => void;
  /** Called when RKE has started, with the path of its log. */
  logging?: (log: string) => void;
}

export interface RkeRun extends LogFacts {
  exitCode: number | null;
  /** When the wipe was seen to have begun, ISO 8601; undefined if it was not. */
  wipedAt?: string;
  stateFile?: StateFileFate;
  /** Path of the whole log, kept without its secrets. */
  log: string;
}

/** RKE could not be started, with a sentence for the operator; no node was asked. */
export class RkeNotStarted extends Error {}

const POLL_MS = 200;

/**
 * Runs RKE to its end, believing its log rather than its exit code (design law 8).
 *
 * RKE writes into a log file of its own, in a process group of its own: when this process is killed, RKE ends what it
 * began instead of dying on a closed pipe in the middle of a restore, and keeps the lock until then.
 * As long as nothing is wiped (`rke up`: as long as no node is touched), a node that RKE drops ends the run at once, and
 * so does a silence of silenceSeconds: RKE hangs for ever on a node that is frozen (measured). Later it is never killed.
 * @throws ClusterFolderBusy when another live run holds the folder; RkeNotStarted when the program cannot be run.
 */
export async function runRke({
  command,
  purpose,
  copy,
  folder,
  around,
  wiping,
  logging,
  ...waiting
}: RkeRunArgs): Promise<RkeRun> {
  const { clusterFile } = waiting;
  const hosts = readClusterFile(clusterFile).nodes.map(({ address, roles }) => ({ address, roles }));
  const since = new Date().toISOString();
  const log = join(rkeFolder(clusterFile).logs, logName(since, command));
  const named = [basename(command[0] ?? ""), ...command.slice(1)].join(" ");
  const holder: LockHolder = { ...thisStep(), command: named, purpose, since, log };
  const lock = folder ?? (await takeFolder(holder, waiting));

  try {
    // Written before RKE is there: should this step be killed in between, the next one must know what it waits for.
    folder?.write(holder);
    around?.before();
    const logFd = openSync(log, "ax", 0o600);
    if (purpose === "restore") restoreBegins(clusterFile, { since, log, hosts, ...(copy !== undefined && { copy }) });
    const child = await start(command, dirname(clusterFile), ["ignore", logFd, logFd, lock.fd])
      .catch((error: unknown) => {
        if (purpose === "restore") restoreEnded(clusterFile, { done: false });
        around?.after();
        throw error;
      })
      .finally(() => closeSync(logFd));
    logging?.(log);
    if (child.pid) lock.write({ ...holder, rke: child.pid });
    const run = await follow(child, log, new LogReader(purpose, hosts), { ...waiting, purpose, wiping });
    redactLog(log);
    const stateFile = purpose === "restore" && stateFileAfter(clusterFile, run);
    around?.after();
    return { ...run, ...(stateFile && { stateFile }) };
  } finally {
    if (!folder) lock.release();
  }
}

/** @throws RkeNotStarted */
async function start(
  [program = "", ...args]: readonly string[],
  cwd: string,
  // RKE up to v0.1.20 logs to standard error, later ones to standard output (main.go).
  stdio: StdioOptions,
): Promise<ChildProcess> {
  try {
    const child = spawn(program, args, { cwd, detached: true, stdio });
    await once(child, "spawn");
    return child;
  } catch (error) {
    throw new RkeNotStarted(`RKE cannot be started, ${program}: ${systemErrorText(error)}`);
  }
}

/** The note of a restore that is done stays until the hosts remember it: the step removes it. */
function stateFileAfter(clusterFile: string, { succeeded }: LogFacts): StateFileFate {
  return succeeded ? "as-rke-left-it" : restoreEnded(clusterFile, { done: false });
}

function logName(since: string, command: readonly string[]): string {
  const words = command.slice(1).filter((word) => /^[a-z][a-z-]*$/.test(word));
  return `${since.replaceAll(":", "")}-${words.slice(0, 2).join("-")}.log`;
}

async function follow(
  child: ChildProcess,
  log: string,
  reader: LogReader,
  {
    clusterFile,
    silenceSeconds,
    say,
    purpose,
    wiping,
  }: FolderWait & { purpose: RkePurpose; wiping: RkeRunArgs["wiping"] },
): Promise<RkeRun> {
  const follower = new LogFollower(log);
  const clock = new SilenceClock(silenceSeconds);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  let wipedAt: string | undefined;
  let isNoted = purpose !== "restore";
  let heard = Date.now();
  while (true) {
    const wasEnded = hasEnded();
    const lines = follower.lines();
    if (wasEnded && follower.unfinished()) lines.push(follower.unfinished());
    for (const line of lines) {
      heard = Date.now();
      const { shown, stop } = reader.take(line);
      shown.forEach(say);
      const { wipe = reader.seen.wipePossible } = reader.seen;
      if (wipe && !isNoted) {
        isNoted = true;
        noteWipe(clusterFile, wipe.at ?? new Date().toISOString());
      }
      if (reader.seen.wipe && !wipedAt) {
        wipedAt = new Date().toISOString();
        wiping?.(wipedAt);
        say("the point of no return is passed: RKE is wiping the cluster to restore it");
      }
      if (stop && !hasEnded()) {
        say(
          `RKE is stopped: ${reader.seen.wipePossible ? "etcd may already be removed from a node" : "no node is changed yet"}`,
        );
        kill(child);
      }
    }
    if (wasEnded) break;
    const quiet = (Date.now() - heard) / 1000;
    if (quiet > silenceSeconds && reader.mayBeStopped) {
      reader.add({ kind: "silent", seconds: silenceSeconds, text: reader.lastLine });
      kill(child);
      heard = Date.now();
    } else if (clock.isDue(quiet)) {
      say(silenceNotice(quiet, reader, child.pid));
    }
    await sleep(POLL_MS);
  }
  const { exitCode } = child;
  return { ...reader.end(exitCode), exitCode, ...(wipedAt && { wipedAt }), log };
}

/** RKE is followed to its end also where nothing can be written any more: its log tells, too. */
function noteWipe(clusterFile: string, at: string): void {
  try {
    wipeSeen(clusterFile, at);
  } catch {
    // A full disk.
  }
}

function kill(child: ChildProcess): void {
  if (child.pid) killGroup(child.pid);
}
