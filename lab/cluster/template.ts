import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { buildHash } from "../docker/builds.ts";
import type { Engine } from "../docker/docker.ts";
import { goldenRoot } from "../docker/golden.ts";
import { imagesHash } from "../docker/images.ts";
import { nameOf } from "../machine/content.ts";
import { copyDisk, diskFolders } from "../machine/disk.ts";
import { exists } from "../machine/files.ts";
import { folders } from "../machine/folders.ts";
import { removeTree } from "../machine/mounts.ts";
import { run } from "../machine/process.ts";
import { type Progress, timed } from "../machine/progress.ts";
import { kubectl } from "./kubectl.ts";
import type { LabCluster } from "./labCluster.ts";
import { containerName, diskOf } from "./nodes.ts";
import { sshTo } from "./ssh.ts";

/**
 * A cluster that RKE has just built, switched off and copied: disks and RKE's own files.
 * Starting from a copy takes a third of the time that building takes, and is a reboot to the nodes.
 */
export async function templateOf(cluster: LabCluster, clusterFile: string): Promise<string> {
  const hash = nameOf(
    await imagesHash(),
    await buildHash("rke"),
    clusterFile,
    JSON.stringify([diskFolders, cluster.nodes]),
  );
  return join(folders.images, `cluster-${cluster.name}-${hash}`);
}

export async function saveTemplate(engine: Engine, cluster: LabCluster, template: string, progress: Progress) {
  await timed(progress, `cluster ${cluster.name}: keeping a copy to start from next time`, async () => {
    const containers = cluster.nodes.map((node) => containerName(cluster.name, node.name));
    await resignLeaders(cluster);
    await engine.docker(["stop", "--time", "60", ...containers]);
    const part = join(folders.images, `.cluster-${cluster.name}`);
    await removeTree(part);
    await mkdir(part, { recursive: true });
    const golden = await goldenRoot(engine, progress);
    for (const { name } of cluster.nodes) await copyDisk(diskOf(cluster.name, name), golden, join(part, name));
    await run("cp", ["-a", cluster.dir, join(part, "cluster")]);
    await rename(part, template);
    await engine.docker(["start", ...containers]);
  });
}

export async function useTemplate(cluster: LabCluster, template: string): Promise<boolean> {
  if (!(await exists(template))) return false;
  await mkdir(join(cluster.dir, ".."), { recursive: true });
  await run("cp", ["-a", join(template, "cluster"), cluster.dir]);
  return true;
}

/** Whoever leads when the copy is made would be waited for when it is started: no one leads. */
async function resignLeaders(cluster: LabCluster): Promise<void> {
  const leaders = ["kube-controller-manager", "kube-scheduler"];
  // They come back with the engine: their restart policy is "always".
  await Promise.all(cluster.nodes.map((node) => sshTo(node, `docker stop ${leaders.join(" ")}`)));
  await kubectl(cluster, ["-n", "kube-system", "delete", "lease", ...leaders]);
}
