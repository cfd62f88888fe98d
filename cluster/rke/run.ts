import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { restoreBegins, restoreEnded } from "../stateFolder/unfinishedRestore.ts";
import { ClusterFolderLock, isAlive, type LockHolder } from "./folderLock.ts";
import { fatalReason, type LogFinding, readableLine, readLogLine } from "./log.ts";
import { LogFollower } from "./logFollower.ts";

export interface RkeRunArgs {
  /** RKE and its arguments, e.g. `["rke", "up", "--config", "rancher-cluster.yml"]`. */
  command: readonly string[];
  /** The cluster file; RKE runs in its folder, where its state and kubeconfig are. */
  clusterFile: string;
  /** RKE is killed when it has not said a word for so long: it hangs for ever on a node that is frozen (measured). */
  silenceSeconds: number;
  /** The line after which the cluster is being wiped; undefined for runs that wipe nothing. */
  pointOfNoReturn?: string;
  /** Called for every line, as a person reads it. */
  say: (line: string) => void;
}

export interface RkeRun {
  exitCode: number | null;
  /** Failures RKE named in its log, whatever its exit code; empty only for a run that did all it was asked. */
  problems: string[];
  /** When the wiping began, ISO 8601; undefined if it did not. */
  wipedAt?: string;
  warnings: number;
  lastLine: string;
  /** Path of the whole log, kept. */
  log: string;
}

/** Another RKE holds the cluster folder and its step still lives. */
export class ClusterFolderBusy extends Error {
  readonly holder: LockHolder | undefined;
  constructor(holder: LockHolder | undefined) {
    super(
      holder
        ? `another run holds this cluster folder: process ${holder.step} since ${holder.since} (${holder.command}); its log: ${holder.log}`
        : "another run holds this cluster folder",
    );
    this.holder = holder;
  }
}

const POLL_MS = 200;

/**
 * Runs RKE to its end, believing its log rather than its exit code (design law 8).
 *
 * RKE writes into a log file of its own, in a process group of its own: when this process is killed, RKE ends what it
 * began instead of dying on a closed pipe in the middle of a restore, and keeps the lock until then.
 * As long as nothing is wiped, a node that RKE drops ends the run at once.
 * @throws ClusterFolderBusy when another live run holds the folder; nothing was started then.
 */
export async function runRke({
  command,
  clusterFile,
  silenceSeconds,
  pointOfNoReturn,
  say,
}: RkeRunArgs): Promise<RkeRun> {
  const folder = dirname(clusterFile);
  const own = join(folder, ".rancher-rollback");
  mkdirSync(join(own, "logs"), { recursive: true, mode: 0o700 });
  const since = new Date().toISOString();
  const log = join(
    own,
    "logs",
    `${since.replaceAll(":", "")}-${command
      .slice(1)
      .filter((word) => /^[a-z][a-z-]*$/.test(word))
      .slice(0, 2)
      .join("-")}.log`,
  );
  const holder: LockHolder = {
    step: process.pid,
    command: [basename(command[0] ?? ""), ...command.slice(1)].join(" "),
    since,
    log,
  };
  const lock = await takeLock(join(own, "rke.lock"), holder, silenceSeconds, say);

  const logFd = openSync(log, "ax", 0o600);
  if (pointOfNoReturn) restoreBegins(clusterFile, { since, log, pointOfNoReturn });
  const child = spawn(command[0] ?? "", command.slice(1), {
    cwd: folder,
    detached: true,
    stdio: ["ignore", logFd, logFd, lock.fd],
  });
  closeSync(logFd);
  const ended = untilEnd(child);
  if (child.pid) lock.write({ ...holder, rke: child.pid });
  try {
    const run = await follow(child, ended, { log, silenceSeconds, pointOfNoReturn, say });
    if (pointOfNoReturn) restoreEnded(clusterFile, { done: run.problems.length === 0 });
    return run;
  } finally {
    lock.release();
  }
}

/**
 * Waits for an RKE that an earlier, killed step left running: until it has ended, nothing that is read of the cluster
 * holds for long.
 * @throws ClusterFolderBusy as runRke does.
 */
export async function untilEarlierRkeEnded({
  clusterFile,
  silenceSeconds,
  say,
}: Pick<RkeRunArgs, "clusterFile" | "silenceSeconds" | "say">): Promise<void> {
  const own = join(dirname(clusterFile), ".rancher-rollback");
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const holder = { step: process.pid, command: "a look", since: new Date().toISOString(), log: "none" };
  (await takeLock(join(own, "rke.lock"), holder, silenceSeconds, say)).release();
}

interface Following {
  log: string;
  silenceSeconds: number;
  pointOfNoReturn: string | undefined;
  say: (line: string) => void;
}

async function follow(child: ChildProcess, ended: Promise<number | null>, args: Following): Promise<RkeRun> {
  const follower = new LogFollower(args.log);
  const run: RkeRun = { exitCode: null, problems: [], warnings: 0, lastLine: "", log: args.log };
  let running = true;
  let failed: unknown;
  void ended.then(
    (code) => {
      run.exitCode = code;
      running = false;
    },
    (error) => {
      failed = error;
      running = false;
    },
  );
  let heard = Date.now();
  while (true) {
    const wasRunning = running;
    const lines = follower.lines();
    if (!wasRunning && follower.unfinished()) lines.push(follower.unfinished());
    for (const line of lines) {
      heard = Date.now();
      const finding = note(run, line, args);
      if (finding?.stopWhileNothingIsLost && !run.wipedAt && running) {
        args.say(`${args.pointOfNoReturn ? "nothing has been wiped yet: " : ""}RKE is stopped here`);
        kill(child);
      }
    }
    if (!wasRunning) break;
    if (Date.now() - heard > args.silenceSeconds * 1000) {
      run.problems.push(
        `RKE said nothing for ${args.silenceSeconds} s and was stopped; its last word: ${run.lastLine || "none"}`,
      );
      kill(child);
      heard = Date.now();
    }
    await sleep(POLL_MS);
  }
  if (failed) throw failed;
  if (run.exitCode !== 0 && run.problems.length === 0) {
    run.problems.push(
      `RKE ended with exit code ${run.exitCode ?? "none (killed)"}; its last word: ${run.lastLine || "none"}`,
    );
  }
  return run;
}

function note(run: RkeRun, line: string, { pointOfNoReturn, say }: Following): LogFinding | undefined {
  run.lastLine = readableLine(line);
  say(run.lastLine);
  if (pointOfNoReturn && !run.wipedAt && line.includes(pointOfNoReturn)) {
    run.wipedAt = new Date().toISOString();
    say("the point of no return is passed: RKE is wiping the cluster to restore it");
  }
  if (/level=warning|^WARN\[/.test(line)) run.warnings++;
  const fatal = fatalReason(line);
  const finding = readLogLine(line);
  const problem = finding?.happened ?? (fatal !== undefined ? `RKE gave up: ${fatal}` : undefined);
  if (problem && !run.problems.includes(problem)) run.problems.push(problem);
  return finding;
}

/** Waits for an RKE that an earlier, killed step left running; refuses while that step lives. */
async function takeLock(
  path: string,
  holder: LockHolder,
  silenceSeconds: number,
  say: (line: string) => void,
): Promise<ClusterFolderLock> {
  let [told, stopped, seen] = [false, false, ""];
  while (true) {
    const taken = ClusterFolderLock.take(path, holder);
    if (taken instanceof ClusterFolderLock) return taken;
    const { heldBy } = taken;
    if (!heldBy || isAlive(heldBy.step)) throw new ClusterFolderBusy(heldBy);
    if (!told) {
      told = true;
      say(
        `an earlier run was killed, but its RKE still runs (${heldBy.command}): waiting for it; its log: ${heldBy.log}`,
      );
    }
    // Seen twice: for a moment after the lock was taken, the file still names the one who had it before.
    if (heldBy.log === seen && secondsSinceChange(heldBy) > silenceSeconds) {
      if (!heldBy.rke || stopped) throw new ClusterFolderBusy(heldBy);
      stopped = true;
      say(`that RKE has said nothing for ${silenceSeconds} s: it is stopped`);
      killGroup(heldBy.rke);
    }
    seen = heldBy.log;
    await sleep(1000);
  }
}

function secondsSinceChange({ log, since }: LockHolder): number {
  return (Date.now() - (statSync(log, { throwIfNoEntry: false })?.mtimeMs ?? Date.parse(since))) / 1000;
}

function untilEnd(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code));
  });
}

function kill(child: ChildProcess): void {
  if (child.pid) killGroup(child.pid);
}

/** Ends an RKE with all it started: behind a wrapper script, RKE itself would go on. */
function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
