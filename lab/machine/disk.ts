import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./process.ts";

/** What of a node is kept on its disk, and where the node has it: all that RKE and the components write. */
export const diskFolders: Record<string, string> = {
  docker: "/var/lib/docker",
  kubelet: "/var/lib/kubelet",
  etcd: "/var/lib/etcd",
  kubernetes: "/etc/kubernetes",
  rke: "/opt/rke",
  "cni-programs": "/opt/cni",
  "cni-settings": "/etc/cni",
  "cni-state": "/var/lib/cni",
};

/** A new disk: the images, and nothing else. */
export async function newDisk(golden: string, disk: string): Promise<void> {
  for (const folder of Object.keys(diskFolders)) await mkdir(join(disk, folder), { recursive: true });
  await copyRoot(golden, golden, join(disk, "docker"));
}

/** A copy of the disk of a node that is switched off. */
export async function copyDisk(from: string, golden: string, to: string): Promise<void> {
  await mkdir(join(to, "docker"), { recursive: true });
  for (const folder of Object.keys(diskFolders)) {
    if (folder === "docker") await copyRoot(join(from, folder), golden, join(to, folder));
    else await run("cp", ["-a", join(from, folder), to]);
  }
}

/** Image layers are never written to: they are shared by hard links. What containers write is copied. */
async function copyRoot(from: string, golden: string, to: string): Promise<void> {
  const layers = new Set((await readdir(join(golden, "overlay2"))).filter((entry) => entry !== "l"));
  await mkdir(join(to, "overlay2"), { recursive: true });
  const paths = (folder: string, entries: string[]) => entries.map((entry) => join(from, folder, entry));
  const others = (await readdir(from)).filter((entry) => entry !== "overlay2" && entry !== "runtimes");
  if (others.length > 0) await run("cp", ["-a", ...paths("", others), to]);
  const entries = await readdir(join(from, "overlay2"));
  const [shared, own] = [entries.filter((entry) => layers.has(entry)), entries.filter((entry) => !layers.has(entry))];
  if (shared.length > 0) await run("cp", ["-al", ...paths("overlay2", shared), join(to, "overlay2")]);
  if (own.length > 0) await run("cp", ["-a", ...paths("overlay2", own), join(to, "overlay2")]);
}
