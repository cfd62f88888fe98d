import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { copyDisk, diskFolders, newDisk } from "./disk.ts";
import { type Engine, label } from "./docker.ts";
import { exists } from "./files.ts";
import { folders } from "./folders.ts";
import { goldenRoot } from "./golden.ts";
import { imagesHash, nodeImage } from "./images.ts";
import { removeTree } from "./mounts.ts";
import { Problem } from "./problem.ts";
import { run } from "./process.ts";
import { type Progress, waitFor } from "./progress.ts";
import { sshTo } from "./ssh.ts";

export interface LabNode {
  name: string;
  address: string;
}

/** One key opens every node of the lab; the nodes' own keys are known from the start. */
export const sshKey = join(folders.run, "id_ed25519");
export const knownHosts = join(folders.run, "known_hosts");

export type Power = "on" | "off" | "frozen" | "absent";

export function containerName(cluster: string, node: string): string {
  return `${label}-${cluster}-${node}`;
}

export async function power(engine: Engine, cluster: string, node: LabNode): Promise<Power> {
  const state = await engine.try([
    "container",
    "inspect",
    "--format",
    "{{.State.Status}}",
    containerName(cluster, node.name),
  ]);
  if (state.code !== 0) return "absent";
  if (state.stdout.trim() === "paused") return "frozen";
  return state.stdout.trim() === "running" ? "on" : "off";
}

/** Whether a node was made from the images that these sources describe. */
export async function isCurrent(engine: Engine, cluster: string, node: LabNode): Promise<boolean> {
  const format = `{{index .Config.Labels "${label}-images"}}`;
  const made = await engine.try(["container", "inspect", "--format", format, containerName(cluster, node.name)]);
  return made.stdout.trim() === (await imagesHash());
}

/** A machine with sshd and dockerd, and the images the cluster needs; made when it is absent, else switched on. */
export async function startNode(
  engine: Engine,
  cluster: string,
  node: LabNode,
  progress: Progress,
  copyOf?: string,
): Promise<void> {
  const state = await power(engine, cluster, node);
  if (state === "absent") await makeNode(engine, cluster, node, progress, copyOf);
  if (state === "frozen") await engine.docker(["unpause", containerName(cluster, node.name)]);
  if (state === "off") await engine.docker(["start", containerName(cluster, node.name)]);
  if (await waitFor(async () => (await sshTo(node, "docker version")).code === 0, 60_000, 300)) return;
  throw new Problem(
    `node ${node.name} (${node.address}) does not come up: look with "docker logs" or remove the lab with "npm run lab -- down"`,
  );
}

/** Removes a node for good, with its disk. */
export async function removeNode(engine: Engine, cluster: string, node: string): Promise<void> {
  await engine.try(["rm", "--force", "--volumes", containerName(cluster, node)]);
  await removeTree(diskOf(cluster, node));
}

/** Removes every container of a cluster, or of all clusters. */
export async function removeNodes(engine: Engine, cluster?: string): Promise<void> {
  const filter = cluster === undefined ? label : `${label}=${cluster}`;
  const containers = await engine.docker(["ps", "--all", "--quiet", "--filter", `label=${filter}`]);
  const names = containers.split("\n").filter(Boolean);
  if (names.length > 0) await engine.docker(["rm", "--force", "--volumes", ...names]);
  await removeTree(cluster === undefined ? join(folders.run, "nodes") : join(folders.run, "nodes", cluster));
}

async function makeNode(engine: Engine, cluster: string, node: LabNode, progress: Progress, copyOf?: string) {
  const image = await nodeImage(engine, progress);
  const golden = await goldenRoot(engine, progress);
  const disk = diskOf(cluster, node.name);
  await removeTree(disk);
  if (copyOf) await copyDisk(copyOf, golden, disk);
  else await newDisk(golden, disk);
  await mkdir(join(disk, "keys"));
  await operatorKey();
  await hostKey(node, join(disk, "keys/host_key"));
  const volumes: Record<string, string> = {
    ...Object.fromEntries(Object.entries(diskFolders).map(([folder, path]) => [join(disk, folder), path])),
    [join(disk, "keys/host_key")]: "/lab/host_key:ro",
    [`${sshKey}.pub`]: "/lab/authorized_keys:ro",
  };
  if (await exists("/lib/modules")) volumes["/lib/modules"] = "/lib/modules:ro";
  await engine.docker([
    ...["run", "--detach", "--pull", "never", "--name", containerName(cluster, node.name), "--hostname", node.name],
    ...[
      "--label",
      `${label}=${cluster}`,
      "--label",
      `${label}-images=${await imagesHash()}`,
      "--privileged",
      "--cgroupns",
      "private",
    ],
    ...["--network", label, "--ip", node.address, "--dns", "127.0.0.1"],
    ...["--tmpfs", "/run:exec,mode=755", "--tmpfs", "/tmp:exec"],
    ...Object.entries(volumes).flatMap(([from, to]) => ["--volume", `${from}:${to}`]),
    image,
  ]);
}

async function operatorKey(): Promise<void> {
  if (await exists(sshKey)) return;
  await mkdir(folders.run, { recursive: true });
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "rancher-rollback-lab", "-f", sshKey]);
}

/** A node has one host key for as long as it exists; a new node at the same address has another. */
async function hostKey(node: LabNode, file: string): Promise<void> {
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", node.name, "-f", file]);
  const [type, key] = (await readFile(`${file}.pub`, "utf8")).split(" ");
  const known = await readFile(knownHosts, "utf8").catch(() => "");
  const others = known.split("\n").filter((line) => line && !line.startsWith(`${node.address} `));
  await writeFile(knownHosts, [...others, `${node.address} ${type} ${key}`, ""].join("\n"));
}

export function diskOf(cluster: string, node: string): string {
  return join(folders.run, "nodes", cluster, node);
}
