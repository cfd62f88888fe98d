import type { LabCluster } from "../cluster/labCluster.ts";
import type { Engine } from "../engine/engine.ts";
import { processes, signal } from "../machine/processes.ts";

/** Kills the engine and all that it has started but RKE itself, as a lost terminal or a stopped pipeline does. */
export function killEngineAndStep({ pulumi }: Engine, { rke }: LabCluster): void {
  const family = familyOf(startedHere(pulumi));
  for (const { pid, args } of processes()) if (family.has(pid) && !args.startsWith(rke)) signal(pid, "SIGKILL");
}

/** Processes with all that they have started. */
export function familyOf(pids: number[]): Set<number> {
  const all = processes();
  const family = new Set(pids);
  for (let size = 0; size < family.size; ) {
    size = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return family;
}

/** Kills a program that this process has started, alone, and no other's: a rehearsal may run beside a test. */
export function killStartedHere(program: string): void {
  for (const pid of startedHere(program)) signal(pid, "SIGKILL");
}

function startedHere(program: string): number[] {
  const ours = processes().filter(({ parent, args }) => parent === process.pid && args.startsWith(program));
  return ours.map(({ pid }) => pid);
}
