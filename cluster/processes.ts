import { readFileSync } from "node:fs";

/**
 * Whether a process of this id lives. One that has ended and only waits for its parent to notice does not.
 * @param started what startOf said of it: by now, another process may have its id.
 */
export function isAlive(pid: number, started?: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const found = statOf(pid);
  // In a container whose first process does not reap children, the killed stay zombies.
  return found?.state !== "Z" && (started === undefined || found === undefined || found.started === started);
}

/** When a process started, in the kernel's own ticks; undefined where the system does not say it. */
export function startOf(pid: number): string | undefined {
  return statOf(pid)?.started;
}

/** Reads fields 3 and 22 (Linux, proc_pid_stat(5)): behind the name, which may have spaces and brackets in it. */
function statOf(pid: number): { state: string; started: string } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
    return { state: fields[0] ?? "", started: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

/** Ends a process with all that it has started: behind a wrapper script, RKE itself would go on. */
export function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
