import { besideClusterFile, type ClusterNode, readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { etcdNodes } from "../cluster/clusterFile/node.ts";
import { readStateFile } from "../cluster/clusterFile/stateFile.ts";
import { apiErrorMessage } from "../cluster/kubernetes/apiError.ts";
import type { DeploymentRef } from "../cluster/kubernetes/deployment.ts";
import { KubernetesReader } from "../cluster/kubernetes/reader.ts";
import { ask, type Connection, unreachable } from "../cluster/node/connection.ts";
import { type Notice, type Problem, problemOf } from "../cluster/problem.ts";
import { type RkeVersion, readsStateInZip } from "../cluster/rke/version.ts";
import type { SafetyCopyReport } from "../cluster/safetyCopy/report.ts";
import { type Shortage, shortages } from "../cluster/safetyCopy/room.ts";
import {
  coldCopyScript,
  type EtcdSource,
  liveCopyScript,
  parseSource,
  sourceScript,
} from "../cluster/safetyCopy/safetyCopy.ts";
import { type ProvenSnapshot, parseProof, proofArgs } from "../cluster/snapshot/proof.ts";
import { keepFiles } from "../cluster/stateFolder/keep.ts";
import { copyBetweenNodes } from "./pullSnapshot.ts";

/** How a snapshot of now is saved on every etcd host. */
export interface Saving extends Connection {
  clusterFile: string;
  warn: (notice: Notice) => void;
  rancher: DeploymentRef;
  rkeVersion: RkeVersion;
  timeoutSeconds: number;
  /** What is wrong where there is no room for it. */
  noRoom: (node: string, shortage: Shortage) => Problem;
  /** What is thrown for what the operator can remedy. */
  fail: (problems: Problem[]) => Error;
}

export interface AskedHost {
  node: ClusterNode;
  source: EtcdSource;
}

/** Asks every etcd host of the cluster file what it can give; changes nothing. @throws what `fail` makes. */
export async function askHosts(saving: Saving): Promise<AskedHost[]> {
  return await Promise.all(
    etcdNodes(readClusterFile(saving.clusterFile)).map(async (node) => ({
      node,
      source: parseSource(await run(saving, node, sourceScript(node), 60)),
    })),
  );
}

/**
 * Saves one snapshot of now from one host, proves it, copies it to every other etcd host, as RKE restores only what is the
 * same on every host, and keeps beside the cluster file what belongs to it.
 * @param folder for what belongs to it, in `.rancher-rollback`.
 * @throws what `fail` makes.
 */
export async function saveEverywhere(
  saving: Saving,
  {
    name,
    folder,
    hosts,
    best,
  }: { name: string; folder: string; hosts: AskedHost[]; best: { node: ClusterNode; live: boolean } },
): Promise<SafetyCopyReport> {
  const { clusterFile, rancher, rkeVersion, timeoutSeconds, say } = saving;
  checkRoom(saving, hosts, best);
  say(`saving ${name} on ${best.node.name}, ${best.live ? "whose etcd answers" : "no etcd answers: a cold copy"}`);
  const { stateFile } = besideClusterFile(clusterFile);
  // Read beside the copy, which takes longer.
  const reading = readRancher(clusterFile, rancher);
  const state = readsStateInZip(rkeVersion) ? readStateFile(stateFile) : undefined;
  const args = { name, withState: state !== undefined };
  const script = (best.live ? liveCopyScript : coldCopyScript)(best.node, args);
  const saved = parseProof(await run(saving, best.node, script, timeoutSeconds, state));
  if ("failed" in saved) throw saving.fail([problemOf(best.node.name, saved.failed)]);
  const others = hosts.map(({ node }) => node).filter((node) => node !== best.node);
  await Promise.all(others.map((node) => copyTo(saving, best.node, node, name, saved.snapshot)));
  const { deployment, image } = await reading;
  const report = {
    name,
    kind: best.live ? ("live" as const) : ("cold" as const),
    nodes: hosts.map(({ node }) => node.name),
    bytes: saved.snapshot.bytes,
    sha256: saved.snapshot.sha256,
    state: saved.snapshot.state,
    rancherImage: image,
  };
  const kept = keepBeside(clusterFile, folder, report, deployment);
  if (!report.state && readsStateInZip(rkeVersion)) {
    const message = `RKE's state file is not in ${name}: a restore of it uses the one beside the cluster file`;
    saving.warn({ message });
  }
  say(`saved: ${name} on ${report.nodes.join(", ")}, and what belongs to it in ${kept}`);
  return { ...report, folder: kept };
}

/** Keeps beside the cluster file what belongs to a saved snapshot. @returns the folder. */
export function keepBeside(
  clusterFile: string,
  folder: string,
  report: Omit<SafetyCopyReport, "folder">,
  deployment: string,
): string {
  const { kubeconfig, stateFile } = besideClusterFile(clusterFile);
  return keepFiles(clusterFile, `${folder}/${report.name}`, [clusterFile, stateFile, kubeconfig], {
    "deployment.json": deployment,
    "manifest.json": JSON.stringify(report, undefined, 2),
  });
}

/** Copies a snapshot that one host has to another; what is there and the same stays. @throws what `fail` makes. */
export async function copyTo(
  saving: Saving,
  from: ClusterNode,
  to: ClusterNode,
  name: string,
  { sha256 }: ProvenSnapshot,
): Promise<void> {
  const copied = await copyBetweenNodes(saving, from, to, proofArgs(name, saving.rkeVersion)).catch(
    (error: unknown) => {
      throw saving.fail([unreachable(error)]);
    },
  );
  if ("failed" in copied) throw saving.fail([problemOf(to.name, copied.failed)]);
  if (copied.snapshot.sha256 !== sha256) {
    const message = `${to.name} has another file ${name} than ${from.name}`;
    throw saving.fail([{ message, remedy: `look at the disk of ${to.name}` }]);
  }
}

function checkRoom(saving: Saving, hosts: AskedHost[], best: { node: ClusterNode; live: boolean }): void {
  const size = hosts.find(({ node }) => node === best.node)?.source.size ?? 0;
  const made = best.live ? "live" : "cold";
  refuseShort(saving, hosts, ({ node, source }) => shortages(node === best.node ? made : "received", source, size));
}

/** Before RKE saves a snapshot on each host by itself, and zips it. @throws what `fail` makes. */
export function checkRoomForRke(saving: Saving, hosts: AskedHost[]): void {
  refuseShort(saving, hosts, ({ source }) => shortages("by-rke", source, source.size));
}

function refuseShort(saving: Saving, hosts: AskedHost[], shortOf: (host: AskedHost) => Shortage[]): void {
  const short = hosts.flatMap((host) => shortOf(host).map((one) => saving.noRoom(host.node.name, one)));
  if (short.length > 0) throw saving.fail(short);
}

/** The Rancher Deployment as JSON, and its image; what cannot be read says so. */
export async function readRancher(
  clusterFile: string,
  rancher: DeploymentRef,
): Promise<{ deployment: string; image: string }> {
  try {
    const reader = new KubernetesReader(besideClusterFile(clusterFile).kubeconfig);
    const [deployment, { image }] = await Promise.all([reader.deployment(rancher), reader.rancher(rancher)]);
    return { deployment: JSON.stringify(deployment, undefined, 2), image: image ?? "unknown" };
  } catch (error) {
    return { deployment: JSON.stringify({ unreadable: apiErrorMessage(error) }), image: "unknown" };
  }
}

/** @throws what `fail` makes. */
export async function run(
  saving: Saving,
  node: ClusterNode,
  script: string,
  timeoutSeconds: number,
  input?: string,
): Promise<string> {
  return await ask(saving, node, script, timeoutSeconds, input).catch((error: unknown) => {
    throw saving.fail([unreachable(error)]);
  });
}
