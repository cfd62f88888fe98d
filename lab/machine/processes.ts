import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface Process {
  pid: number;
  parent: number;
  /** The file that it runs; empty once it has ended, though its parent has not heard of it yet. */
  exe: string;
  /** Its command line, with a blank between words. */
  args: string;
}

/** All that there are now. */
export function processes(): Process[] {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap((pid) => {
    const stat = readIfThere(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
    const parent = Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2]);
    const exe = readIfThere(() => readlinkSync(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, "");
    const args = readIfThere(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ");
    return { pid: Number(pid), parent, exe, args };
  });
}

/** It may have ended by itself meanwhile. */
function readIfThere(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

/** Sends a signal to a process, which may have ended by itself since it was listed. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
