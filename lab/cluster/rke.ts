import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../machine/problem.ts";
import { attempt } from "../machine/process.ts";
import { type Progress, timed } from "../machine/progress.ts";
import type { LabCluster } from "./labCluster.ts";

/** Runs RKE on a cluster; all it says goes to rke.log beside the cluster file, warnings to whoever watches. */
export async function runRke(cluster: LabCluster, args: string[], progress: Progress): Promise<void> {
  const log = join(cluster.dir, "rke.log");
  await timed(progress, `cluster ${cluster.name}: rke ${args.join(" ")}`, async () => {
    let writing = appendFile(log, `--- rke ${args.join(" ")}, ${new Date().toISOString()}\n`);
    const onLine = (line: string) => {
      writing = writing.then(() => appendFile(log, `${line}\n`));
      const [, words] = /level=(?:warning|error|fatal) msg="(.*)"/.exec(line) ?? [];
      // It always says so of control plane nodes that it has yet to make.
      if (words && !words.startsWith("[reconcile]")) progress(`  ${words}`);
    };
    const result = await attempt(cluster.rke, [...args, "--config", cluster.clusterFile], { cwd: cluster.dir, onLine });
    await writing;
    if (result.code === 0) return;
    const last = result.stderr.trim().split("\n").at(-1) || result.stdout.trim().split("\n").at(-1);
    throw new Problem(`"rke ${args.join(" ")}" failed on cluster ${cluster.name}: ${last}\nIts whole log is ${log}`);
  });
}
