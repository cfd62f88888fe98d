import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Engine, label } from "../docker/docker.ts";
import { goldenRoot } from "../docker/golden.ts";
import { cloudImage, imagesHash, nodeImage } from "../docker/images.ts";
import { copyDisk, diskFolders, newDisk } from "../machine/disk.ts";
import { exists } from "../machine/files.ts";
import { folders } from "../machine/folders.ts";
import { removeTree } from "../machine/mounts.ts";
import { Problem } from "../machine/problem.ts";
import { run } from "../machine/process.ts";
import { type Progress, waitFor } from "../machine/progress.ts";
import type { LabNode } from "./plans.ts";
import { knownHosts, sshKey, sshTo } from "./ssh.ts";

type Power = "on" | "off" | "frozen" | "absent";

export function containerName(cluster: string, node: string): string {
  return `${label}-${cluster}-${node}`;
}

export async function power(engine: Engine, cluster: string, node: Pick<LabNode, "name">): Promise<Power> {
  const format = ["--format", "{{.State.Status}}"];
  const state = await engine.try(["container", "inspect", ...format, containerName(cluster, node.name)]);
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
  const state = await switchOn(engine, cluster, node);
  if (state === "absent") {
    await makeDisk(engine, cluster, node, progress, copyOf);
    await remember(node, await hostKey(cluster, node));
    await makeContainer(engine, cluster, node, await nodeImage(engine, progress));
  }
  await mustComeUp(node, async () => (await sshTo(node, "docker version")).code === 0);
}

/**
 * A machine as a cloud gives it: its sshd's key known to no one, no Docker and no s3cmd, but an apt that has them.
 * What a registry would give is on its disk.
 */
export async function startMachine(
  engine: Engine,
  cluster: string,
  machine: LabNode,
  progress: Progress,
): Promise<void> {
  const state = await switchOn(engine, cluster, machine);
  if (state === "absent") {
    const image = await cloudImage(engine, progress);
    await makeDisk(engine, cluster, machine, progress);
    await hostKey(cluster, machine);
    await remember(machine, undefined);
    await makeContainer(engine, cluster, machine, image);
  }
  const greeting = ["bash", "-c", "read -r line </dev/tcp/127.0.0.1/22 && [[ $line = SSH-* ]]"];
  const name = containerName(cluster, machine.name);
  await mustComeUp(machine, async () => (await engine.try(["exec", name, ...greeting])).code === 0);
}

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

/** Says what it was before. */
async function switchOn(engine: Engine, cluster: string, node: LabNode): Promise<Power> {
  const state = await power(engine, cluster, node);
  if (state === "frozen") await engine.docker(["unpause", containerName(cluster, node.name)]);
  if (state === "off") await engine.docker(["start", containerName(cluster, node.name)]);
  return state;
}

async function mustComeUp({ name, address }: LabNode, isUp: () => Promise<boolean>): Promise<void> {
  if (await waitFor(isUp, 60_000, 300)) return;
  throw new Problem(
    `node ${name} (${address}) does not come up: look with "docker logs" or remove the lab with "npm run lab -- down"`,
  );
}

async function makeDisk(engine: Engine, cluster: string, node: LabNode, progress: Progress, copyOf?: string) {
  const golden = await goldenRoot(engine, progress);
  const disk = diskOf(cluster, node.name);
  await removeTree(disk);
  if (copyOf) await copyDisk(copyOf, golden, disk);
  else await newDisk(golden, disk);
}

async function makeContainer(engine: Engine, cluster: string, node: LabNode, image: string): Promise<void> {
  const disk = diskOf(cluster, node.name);
  await operatorKey();
  const volumes: Record<string, string> = {
    ...Object.fromEntries(Object.entries(diskFolders).map(([folder, path]) => [join(disk, folder), path])),
    [join(disk, "keys/host_key")]: "/lab/host_key:ro",
    [`${sshKey}.pub`]: "/lab/authorized_keys:ro",
  };
  if (await exists("/lib/modules")) volumes["/lib/modules"] = "/lib/modules:ro";
  await engine.docker([
    ...["run", "--detach", "--pull", "never", "--privileged", "--cgroupns", "private"],
    // Linux takes 64 characters; Kubernetes, which takes more, gets its name from RKE.
    ...["--name", containerName(cluster, node.name), "--hostname", node.name.split(".")[0] ?? node.name],
    ...["--label", `${label}=${cluster}`, "--label", `${label}-images=${await imagesHash()}`],
    ...["--network", label, "--ip", node.address, "--dns", "127.0.0.1"],
    ...["--tmpfs", "/run:exec,mode=755", "--tmpfs", "/tmp:exec"],
    ...Object.entries(environmentOf(node)).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...Object.entries(volumes).flatMap(([from, to]) => ["--volume", `${from}:${to}`]),
    image,
  ]);
}

/** What init.sh makes of the machine beyond Debian. */
function environmentOf({ address, internalAddress, cloudName, user }: LabNode): Record<string, string> {
  return {
    ...(user !== "root" && { LAB_USER: user }),
    ...(internalAddress !== undefined && { LAB_SECOND_ADDRESS: `${internalAddress}/24` }),
    ...(cloudName !== undefined && { LAB_CLOUD: `${cloudName} ${address}` }),
  };
}

async function operatorKey(): Promise<void> {
  if (await exists(sshKey)) return;
  await mkdir(folders.run, { recursive: true });
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "rancher-rollback-lab", "-f", sshKey]);
}

/** A node has one host key for as long as it exists; a new node at the same address has another. The public one is returned. */
async function hostKey(cluster: string, node: LabNode): Promise<string> {
  const folder = join(diskOf(cluster, node.name), "keys");
  await mkdir(folder);
  const file = join(folder, "host_key");
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", node.name, "-f", file]);
  return await readFile(`${file}.pub`, "utf8");
}

async function remember(node: LabNode, publicKey: string | undefined): Promise<void> {
  await mkdir(folders.run, { recursive: true });
  await writeFile(knownHosts, withHost(await readFile(knownHosts, "utf8").catch(() => ""), node, publicKey));
}

/** The known hosts with the key of a node in place of an earlier one at its address, or with none. */
export function withHost(known: string, { address }: Pick<LabNode, "address">, publicKey: string | undefined): string {
  const others = known.split("\n").filter((line) => line && !line.startsWith(`${address} `));
  const [type, key] = publicKey?.split(" ") ?? [];
  return [...others, ...(key ? [`${address} ${type} ${key.trim()}`] : []), ""].join("\n");
}

export function diskOf(cluster: string, node: string): string {
  return join(folders.run, "nodes", cluster, node);
}
