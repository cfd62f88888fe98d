import { type LabCluster, Problem } from "../cluster/cluster.ts";
import { attempt } from "../machine/process.ts";
import type { Progress } from "../machine/progress.ts";

/** The runbook's two commands without this project: RKE's restore of a snapshot, then `rke up`. @throws Problem with RKE's last words. */
export async function restoreWithBareRke(cluster: LabCluster, snapshot: string, say: Progress): Promise<void> {
  await rke(cluster, ["etcd", "snapshot-restore", "--name", snapshot], say);
  await rke(cluster, ["up"], say);
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
