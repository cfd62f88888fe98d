import { execFileSync } from "node:child_process";
import { type LabCluster, Problem } from "../cluster/cluster.ts";
import { attempt } from "../machine/process.ts";
import type { Progress } from "../machine/progress.ts";
import { killProcess } from "../rehearsals/killEngine.ts";

/** The runbook's two commands without this project: RKE's restore of a snapshot, then `rke up`. @throws Problem with RKE's last words. */
export async function restoreWithBareRke(cluster: LabCluster, snapshot: string, say: Progress): Promise<void> {
  await rke(cluster, ["etcd", "snapshot-restore", "--name", snapshot], say);
  await rke(cluster, ["up"], say);
}

/** Kills the RKE that runs, as a lost terminal does. */
export function killBareRke({ rke: program }: LabCluster): void {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  for (const row of rows) {
    const [, pid, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    if (Number(parent) === process.pid && args?.startsWith(program)) killProcess(Number(pid));
  }
}

async function rke({ rke: program, clusterFile, dir }: LabCluster, args: string[], say: Progress): Promise<void> {
  let last = "";
  const onLine = (line: string) => {
    last = /msg="(.*)"/.exec(line)?.[1] ?? line;
    say(last);
  };
  const { code } = await attempt(program, [...args, "--config", clusterFile], {
    cwd: dir,
    onLine,
    timeout: 20 * 60_000,
  });
  if (code !== 0) throw new Problem(`FAILED: rke ${args.join(" ")} ended with exit code ${code}: ${last}`);
}
