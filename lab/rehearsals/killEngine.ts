import { execFileSync } from "node:child_process";
import type { LabCluster } from "../cluster/labCluster.ts";
import type { Engine } from "../engine/engine.ts";

/** Kills the engine and all that it has started but RKE itself, as a lost terminal or a stopped pipeline does. */
export function killEngineAndStep({ pulumi }: Engine, { rke }: LabCluster): void {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" })
    .split("\n")
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row))
    .flatMap((match) => (match ? [{ pid: Number(match[1]), parent: Number(match[2]), args: match[3] ?? "" }] : []));
  const family = new Set(
    rows.filter((row) => row.parent === process.pid && row.args.startsWith(pulumi)).map(({ pid }) => pid),
  );
  for (let size = 0; size < family.size; ) {
    size = family.size;
    for (const { pid, parent } of rows) if (family.has(parent)) family.add(pid);
  }
  for (const { pid, args } of rows) if (family.has(pid) && !args.startsWith(rke)) killProcess(pid);
}

/** Kills a process, which may have ended by itself since it was listed. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
