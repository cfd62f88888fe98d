import { closeSync, openSync, readSync } from "node:fs";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { besideClusterFile, readClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import { etcdNodes } from "../../cluster/clusterFile/node.ts";
import { readHost } from "../../cluster/inPlace/facts.ts";
import { ssh } from "../../cluster/node/ssh.ts";
import { readRkeVersion } from "../../cluster/rke/readVersion.ts";
import { snapshotNameForRke, snapshotNameMistake } from "../../cluster/snapshot/name.ts";
import { parseProof, proofArgs, snapshotProofScript } from "../../cluster/snapshot/proof.ts";
import { systemErrorText } from "../../cluster/systemError.ts";
import {
  becomesHealthy,
  clusterDown,
  kubectl,
  type LabCluster,
  machinesUp,
  type Progress,
  runRke,
} from "../cluster/cluster.ts";
import { diskOf } from "../cluster/nodes.ts";
import { keepPlan, likeOperators } from "../cluster/plans.ts";
import { sshKey } from "../cluster/ssh.ts";
import { Problem } from "../machine/problem.ts";
import { run } from "../machine/process.ts";
import { INSTEAD_OF_ADDONS, type LikeOperators, mustBeReadable } from "./fromCluster.ts";

/** A local zip header, and the magic of bbolt's first page, 16 bytes in (bbolt page.go, db.go). */
const ZIP = Buffer.from("PK\u0003\u0004");
const BBOLT = Buffer.from([0xed, 0xda, 0x0c, 0xed]);

/** Whether an etcd snapshot is whole is proven on the nodes. @throws Problem when a file cannot be one at all. */
export function mustBeSnapshot(path: string): void {
  const head = Buffer.alloc(20);
  try {
    const file = openSync(path, "r");
    try {
      readSync(file, head);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new Problem(`${path} cannot be read: ${systemErrorText(error)}`);
  }
  const isSnapshot = head.subarray(0, 4).equals(ZIP) || head.subarray(16).equals(BBOLT);
  if (!isSnapshot) throw new Problem(`${path} is no snapshot: neither one of etcd nor RKE's zip around one`);
  const mistake = snapshotNameMistake(basename(path));
  if (mistake) throw new Problem(`${path}: the name ${mistake}`);
}

/** New machines like the operator's, with the snapshot on every etcd host. */
export async function placeSnapshot(
  { nodes, text, stateFile }: LikeOperators,
  snapshot: string,
  say: Progress,
): Promise<LabCluster> {
  await clusterDown(likeOperators, say);
  keepPlan(nodes);
  const cluster = await machinesUp(likeOperators, say);
  await writeFile(cluster.clusterFile, text(sshKey), { mode: 0o600 });
  await writeFile(join(cluster.dir, INSTEAD_OF_ADDONS.file), INSTEAD_OF_ADDONS.text);
  if (stateFile) {
    const copy = besideClusterFile(cluster.clusterFile).stateFile;
    await copyFile(stateFile, copy);
    await chmod(copy, 0o600);
  }
  for (const { name } of etcdNodes(cluster)) {
    // On the node it is RKE's folder of snapshots.
    const folder = join(diskOf(cluster.name, name), "rke/etcd-snapshots");
    await mkdir(folder, { recursive: true });
    // Its time may say when it was saved.
    await run("cp", ["--preserve=timestamps", snapshot, folder]);
  }
  return cluster;
}

/**
 * Proves the snapshot as a rollback does.
 * @returns its name, as RKE wants it.
 * @throws Problem when it is not whole, or the lab cannot restore it.
 */
export async function proveSnapshot(
  cluster: LabCluster,
  { stateFile }: LikeOperators,
  snapshot: string,
): Promise<string> {
  const rke = readRkeVersion(cluster.rke);
  const { name } = snapshotNameForRke(basename(snapshot), rke);
  const [node] = etcdNodes(readClusterFile(cluster.clusterFile));
  if (!node) throw new Error("a cluster file without an etcd host is refused");
  const hostKeys = { knownHostsFile: cluster.knownHosts, allowUnknown: false };
  const script = snapshotProofScript(proofArgs(name, rke));
  const proof = parseProof(await ssh({ node, script, hostKeys, timeoutSeconds: 600 }));
  if ("failed" in proof) throw new Problem(`${snapshot}: ${proof.failed.message}`);
  const { facts } = await readHost(node, name, hostKeys, 600);
  if ("unreachable" in facts) throw new Problem(facts.unreachable.message);
  const state = facts.snapshotState;
  if (state && state !== "none") mustBeReadable(state.kubernetesVersion);
  else if (!stateFile) {
    throw new Problem(
      "the snapshot holds no state file of RKE, and none is beside your cluster file: without its keys every service account in the snapshot is locked out. Copy your .rkestate beside the cluster file",
    );
  }
  return name;
}

/**
 * The operator's cluster out of its snapshot, as RKE makes it on new machines: with the certificate authority and the keys
 * of the state file, the snapshot's own if it holds one, and with new certificates for the new addresses (RKE v1.8.0
 * cmd/etcd.go RestoreEtcdSnapshot, cluster/state.go rebuildExistingState).
 */
export async function restoreOnMachines(cluster: LabCluster, name: string, say: Progress): Promise<void> {
  await runRke(cluster, ["etcd", "snapshot-restore", "--name", name], say);
  await removeForeignNodes(cluster, say);
  if (await becomesHealthy(cluster, say)) return;
  throw new Problem(`cluster ${cluster.name}, restored from ${name}, does not become healthy: ${cluster.dir}/rke.log`);
}

/** Nodes that the cluster file does not have, or not by this name: RKE leaves those that were Ready in the snapshot. */
async function removeForeignNodes(cluster: LabCluster, say: Progress): Promise<void> {
  const names = await kubectl(cluster, ["get", "nodes", "-o", "jsonpath={.items[*].metadata.name}"]);
  const foreign = names.split(" ").filter((name) => !cluster.nodes.some((node) => node.name === name));
  if (foreign.length === 0) return;
  say(`in the snapshot, but not in your cluster file: ${foreign.join(", ")}`);
  await kubectl(cluster, ["delete", "node", ...foreign]);
}
