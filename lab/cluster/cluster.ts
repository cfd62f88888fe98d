import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LOCK_FILE } from "../../cluster/lock/lock.ts";
import { OWN_FOLDER } from "../../cluster/node/ownFolder.ts";
import { buildFolder, built, isBuilt } from "../docker/builds.ts";
import type { Engine } from "../docker/docker.ts";
import { engineNow, engineUp, theEngine } from "../docker/dockerEngine.ts";
import { goldenRoot, hasGoldenRoot } from "../docker/golden.ts";
import { buildsOnNodes, rootImages } from "../docker/images.ts";
import { stopOwnEngine, wasOwnEngineStarted } from "../docker/ownEngine.ts";
import { exists } from "../machine/files.ts";
import { folders } from "../machine/folders.ts";
import { withLabLock } from "../machine/lock.ts";
import { removeTree } from "../machine/mounts.ts";
import { networkDown, networkUp } from "../machine/network.ts";
import { checkMachine } from "../machine/prerequisites.ts";
import { Problem } from "../machine/problem.ts";
import type { CommandResult } from "../machine/process.ts";
import { type Progress, timed, waitFor } from "../machine/progress.ts";
import { clusterFile } from "./clusterFile.ts";
import { nodesReady } from "./kubectl.ts";
import type { LabCluster } from "./labCluster.ts";
import * as nodes from "./nodes.ts";
import { containerName, power } from "./nodes.ts";
import { etcdImageOf, type LabNode, likeOperators, nodeNamed, nodesOf } from "./plans.ts";
import { rancherUrlOf } from "./rancher.ts";
import { runRke } from "./rke.ts";
import { s3Down } from "./s3.ts";
import { knownHosts, sshKey, sshTo } from "./ssh.ts";
import { saveTemplate, templateOf, useTemplate } from "./template.ts";

export { holdLab, withLabLock } from "../machine/lock.ts";
export { Problem } from "../machine/problem.ts";
export type { Progress } from "../machine/progress.ts";
export { kubectl } from "./kubectl.ts";
export type { LabCluster } from "./labCluster.ts";
export { clusterNames, type LabNode } from "./plans.ts";
export { deployRancher, rancherVersion, setRancherImage } from "./rancher.ts";
export { runRke } from "./rke.ts";

/** A healthy cluster, whatever was there before: nothing, a healthy one, switched-off nodes, ruins. */
export async function clusterUp(name: string, progress: Progress): Promise<LabCluster> {
  const cluster = await clusterOf(name);
  return await withLabLock(`lab up (${name})`, progress, async () => {
    const engine = await foundation(progress);
    if (await revived(engine, cluster, progress)) return cluster;
    await build(engine, cluster, progress);
    return cluster;
  });
}

/** The machines of a cluster alone, without RKE, in place of whatever machines it had. */
export async function machinesUp(name: string, progress: Progress): Promise<LabCluster> {
  const cluster = await clusterOf(name);
  return await withLabLock(`machines of cluster ${name}`, progress, async () => {
    const engine = await foundation(progress);
    await nodes.removeNodes(engine, name);
    await bareNodes(engine, cluster, progress);
    return cluster;
  });
}

export async function saveSnapshot(cluster: LabCluster, name: string, progress: Progress): Promise<void> {
  await runRke(cluster, ["etcd", "snapshot-save", "--name", name], progress);
}

/** Removes a snapshot from every node, and what `rancher-rollback prepare` has kept beside it. */
export async function forgetSnapshot(cluster: LabCluster, name: string): Promise<void> {
  const files = `/opt/rke/etcd-snapshots/${name}`;
  await onEveryNode(cluster, `rm -f ${files} ${files}.zip`);
  await removeTree(join(cluster.dir, ".rancher-rollback/prepared", name));
}

/** Runs a shell command on a node as root. */
export async function ssh(cluster: LabCluster, node: string, command: string): Promise<CommandResult> {
  return await sshTo(nodeOf(cluster, node), command);
}

/** Runs a shell command on every node as root, side by side. */
export async function onEveryNode({ nodes }: Pick<LabCluster, "nodes">, command: string, input?: string) {
  return await Promise.all(nodes.map((node) => sshTo(node, command, input)));
}

/** Switches a node on; one that is absent is created, as a bare machine with sshd and dockerd. */
export async function startNode(cluster: LabCluster, node: string, progress: Progress = () => {}): Promise<LabNode> {
  await nodes.startNode(await theEngine(), cluster.name, nodeOf(cluster, node), progress);
  return nodeOf(cluster, node);
}

/** Pulls the plug. */
export async function stopNode(cluster: LabCluster, node: string): Promise<void> {
  await (await theEngine()).docker(["kill", containerName(cluster.name, node)]);
}

/** Freezes every process of a node: connections are accepted, nothing answers. */
export async function freezeNode(cluster: LabCluster, node: string): Promise<void> {
  await (await theEngine()).docker(["pause", containerName(cluster.name, node)]);
}

export async function thawNode(cluster: LabCluster, node: string): Promise<void> {
  await (await theEngine()).docker(["unpause", containerName(cluster.name, node)]);
}

/** A rollback that was given up leaves the cluster locked, and each host remembers what was restored on it. */
export async function forgetRollbacks(cluster: LabCluster): Promise<void> {
  await onEveryNode(cluster, `rm -rf ${LOCK_FILE} ${OWN_FOLDER}/restores`);
}

/** A node is gone for good, its disk with it. */
export async function removeNode(cluster: LabCluster, node: string): Promise<void> {
  await nodes.removeNode(await theEngine(), cluster.name, node);
}

/** Removes one cluster; the engine, the network and other clusters stay. */
export async function clusterDown(name: string, progress: Progress): Promise<void> {
  await withLabLock(`lab down (${name})`, progress, async () => {
    const engine = await engineNow();
    if (engine) await nodes.removeNodes(engine, name);
    await removeTree(clusterFolder(name));
    progress(`cluster ${name} is gone`);
  });
}

/** Removes everything the lab started on this machine; what it built stays. */
export async function labDown(progress: Progress): Promise<void> {
  await withLabLock("lab down", progress, async () => {
    await s3Down();
    const engine = await engineNow();
    if (engine) {
      await timed(progress, "nodes and network: removing", async () => {
        await nodes.removeNodes(engine);
        await networkDown(engine);
      });
    }
    if (await wasOwnEngineStarted()) await timed(progress, "private docker engine: stopping", stopOwnEngine);
    await removeTree(folders.run);
  });
}

/** What a cluster is called and where its parts are, whether it is up or not. */
export async function clusterOf(name: string): Promise<LabCluster> {
  const members = nodesOf(name);
  const dir = clusterFolder(name);
  return {
    name,
    dir,
    clusterFile: join(dir, "rancher-cluster.yml"),
    kubeconfig: join(dir, "kube_config_rancher-cluster.yml"),
    nodes: members,
    sshKey,
    knownHosts,
    rke: join(await buildFolder("rke"), "rke"),
    kubectl: join(await buildFolder("kubernetes"), "kubectl"),
    rancherUrl: rancherUrlOf(members[0]?.address ?? ""),
    rancherCaFile: join(dir, "rancher-cacerts.pem"),
  };
}

/** A cluster that was brought up before. */
export async function existingCluster(name: string): Promise<LabCluster> {
  const cluster = await clusterOf(name);
  if (await exists(cluster.kubeconfig)) return cluster;
  throw new Problem(`cluster ${name} is not up: type "npm run lab -- ${name === "a" ? "" : `--cluster ${name} `}up"`);
}

/** All that clusters stand on: engine, programs, images, the closed network. */
async function foundation(progress: Progress): Promise<Engine> {
  const builds = ["rke", ...buildsOnNodes] as const;
  const ready = await Promise.all([hasGoldenRoot(), ...builds.map(isBuilt)]);
  await checkMachine(ready.includes(false), progress);
  const engine = await engineUp(progress);
  if (ready.includes(false)) {
    const compile = async () => {
      for (const name of builds) await built(name, progress);
    };
    // The compiler leaves room beside it for Debian's packages.
    const results = await Promise.allSettled([compile(), rootImages(engine, progress)]);
    for (const result of results) if (result.status === "rejected") throw result.reason;
    await goldenRoot(engine, progress);
  }
  await networkUp(engine);
  return engine;
}

/** Whether a cluster that was here before is healthy, after its nodes were switched on where they were not. */
async function revived(engine: Engine, cluster: LabCluster, progress: Progress): Promise<boolean> {
  const states = await Promise.all(cluster.nodes.map((node) => power(engine, cluster.name, node)));
  if (states.every((state) => state === "absent")) return false;
  const current = await Promise.all(cluster.nodes.map((node) => nodes.isCurrent(engine, cluster.name, node)));
  if (states.includes("absent") || current.includes(false) || !(await exists(cluster.kubeconfig))) {
    progress(`cluster ${cluster.name}: what is left of an earlier one cannot be used, rebuilding it`);
    return false;
  }
  const asleep = cluster.nodes.filter((_, index) => states[index] !== "on");
  if (asleep.length > 0) progress(`cluster ${cluster.name}: switching on ${asleep.map(({ name }) => name).join(", ")}`);
  try {
    await Promise.all(asleep.map((node) => nodes.startNode(engine, cluster.name, node, progress)));
    if (await settles(cluster, asleep.length > 0 ? 120_000 : 45_000)) {
      progress(`cluster ${cluster.name}: healthy`);
      return true;
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    progress(error.message);
  }
  progress(`cluster ${cluster.name}: does not become healthy, rebuilding it`);
  return false;
}

async function build(engine: Engine, cluster: LabCluster, progress: Progress): Promise<void> {
  if (cluster.name === likeOperators) {
    throw new Problem(`only "npm run rehearse -- --from" makes cluster ${cluster.name}: it comes out of a snapshot`);
  }
  const text = clusterFile(cluster.name, cluster.nodes, sshKey, etcdImageOf(cluster.name));
  const template = await templateOf(cluster, text);
  await nodes.removeNodes(engine, cluster.name);
  await removeTree(cluster.dir);
  if (await useTemplate(cluster, template)) {
    await bareNodes(engine, cluster, progress, template);
    if (await becomesHealthy(cluster, progress)) return;
    progress(`cluster ${cluster.name}: the copy it was started from is not healthy, rebuilding it`);
    await removeTree(template);
    return await build(engine, cluster, progress);
  }
  await mkdir(cluster.dir, { recursive: true });
  await writeFile(cluster.clusterFile, text);
  await bareNodes(engine, cluster, progress);
  await runRke(cluster, ["up"], progress);
  if (await becomesHealthy(cluster, progress)) {
    await saveTemplate(engine, cluster, template, progress);
    if (await becomesHealthy(cluster, progress)) return;
  }
  throw new Problem(
    `cluster ${cluster.name} does not become healthy: look with "npm run lab -- status", or start over with "npm run lab -- down"`,
  );
}

async function bareNodes(engine: Engine, cluster: LabCluster, progress: Progress, template?: string): Promise<void> {
  await timed(progress, `cluster ${cluster.name}: starting ${cluster.nodes.length} nodes`, async () => {
    // One after the other: both cores are busy with the first already.
    for (const node of cluster.nodes) {
      await nodes.startNode(engine, cluster.name, node, progress, template && join(template, node.name));
    }
  });
}

export async function becomesHealthy(cluster: LabCluster, progress: Progress): Promise<boolean> {
  return await timed(progress, `cluster ${cluster.name}: becoming healthy`, () => settles(cluster, 120_000));
}

/** Healthy three times in a row: a copied cluster was once seen healthy, and a moment later it was not; why is not known. */
async function settles(cluster: LabCluster, timeout: number): Promise<boolean> {
  return await waitFor(() => isHealthy(cluster), timeout, 1000, 3);
}

/** Every node Ready, every etcd member sees the same members, and pods can reach each other. */
export async function isHealthy(cluster: LabCluster): Promise<boolean> {
  if (!(await nodesReady(cluster))) return false;
  const hosts = cluster.nodes.filter(({ roles }) => roles.includes("etcd"));
  const [flannel, members] = await Promise.all([
    onEveryNode(cluster, "docker ps --quiet --filter name=k8s_kube-flannel_ | grep -q ."),
    onEveryNode({ nodes: hosts }, "docker exec etcd etcdctl member list"),
  ]);
  const lists = new Set(members.map(({ stdout }) => stdout.trim().split("\n").sort().join("\n")));
  const [list = ""] = lists;
  const started = list.split("\n").filter((line) => line.includes(", started,")).length;
  return [...flannel, ...members].every(({ code }) => code === 0) && lists.size === 1 && started === hosts.length;
}

export function nodeOf(cluster: LabCluster, node: string): LabNode {
  return nodeNamed(cluster.name, node);
}

function clusterFolder(name: string): string {
  return join(folders.run, "clusters", name);
}
