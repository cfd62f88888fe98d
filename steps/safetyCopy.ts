import { besideClusterFile, type ClusterNode, etcdNodes, readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { apiErrorMessage, type DeploymentRef, KubernetesReader } from "../cluster/kubernetes/reader.ts";
import { SshError, ssh } from "../cluster/node/ssh.ts";
import { copyBeforeUnfinishedWipe } from "../cluster/safetyCopy/earlierCopy.ts";
import {
  bestSource,
  coldCopyScript,
  type EtcdSource,
  liveCopyScript,
  parseSource,
  SOURCE_SCRIPT,
  tagOf,
  undoCommands,
} from "../cluster/safetyCopy/safetyCopy.ts";
import { type ProvenSnapshot, parseProof, snapshotProofScript } from "../cluster/snapshot/proof.ts";
import { keepFiles } from "../cluster/stateFolder/keep.ts";
import { timeStamp } from "../cluster/time.ts";
import { StepFailure } from "../messages/failure.ts";
import { goOn } from "../messages/goOn.ts";
import { notReached } from "../messages/pointOfNoReturn.ts";
import type { StepOptions } from "./main.ts";
import { copyBetweenNodes } from "./pullSnapshot.ts";

/** What the program hands to this step on standard input. */
export interface SafetyCopyInput {
  /** Names of the etcd hosts that have data: a new one has none yet. */
  hosts: string[];
  rancher: DeploymentRef;
}

/** The way back: where the safety copy is and how to return to it. */
export interface SafetyCopyReport {
  name: string;
  /** Saved by etcd, or made of the data of a member that did not answer. */
  kind: "live" | "cold";
  nodes: string[];
  bytes: number;
  sha256: string;
  /** On the operator's machine: the cluster file, RKE's state, the kubeconfig, the Rancher Deployment. */
  folder: string;
  rancherImage: string;
  /** What to type to return to it. */
  undo: string[];
}

/** Stays free beside a copy, KiB. */
const SPARE = 256 * 1024;

/** Saves what the wipe destroys (design law 4): a snapshot of now on every etcd host, and all that belongs to it. */
export async function safetyCopy(options: StepOptions): Promise<SafetyCopyReport> {
  const { clusterFile, say, stack } = options;
  const { hosts, rancher } = JSON.parse(await options.input()) as SafetyCopyInput;
  const name = `safety-${timeStamp(new Date().toISOString())}`;
  const etcdHosts = etcdNodes(readClusterFile(clusterFile));
  const asked = await Promise.all(
    etcdHosts.map(async (node) => ({ node, source: parseSource(await ask(options, node, SOURCE_SCRIPT, 60)) })),
  );
  const sources = asked.filter(({ node }) => hosts.includes(node.name));
  const best = bestSource(sources);
  const earlier = copyBeforeUnfinishedWipe(clusterFile);
  if (earlier && !best?.live) return await keepEarlier(options, etcdHosts, earlier);
  if (earlier) say(`WARNING an earlier restore was not seen to end; what was before it is in ${earlier.name}`);
  if (!best) throw failure(options, ["no etcd host has data that could be saved"], []);
  checkRoom(options, asked, best);

  say(`saving ${name} on ${best.node.name}, ${best.live ? "whose etcd answers" : "no etcd answers: a cold copy"}`);
  const script = best.live ? liveCopyScript(name) : coldCopyScript(name);
  const saved = parseProof(await ask(options, best.node, script, options.timeoutSeconds));
  if ("failed" in saved) throw failure(options, [`${best.node.name}: ${saved.failed.message}`], [saved.failed.remedy]);
  // RKE restores only what is the same on every host.
  await Promise.all(
    etcdHosts
      .filter((node) => node !== best.node)
      .map((node) => copyTo(options, best.node, node, name, saved.snapshot)),
  );
  const { deployment, image } = await readRancher(clusterFile, rancher);
  const report = {
    name,
    kind: best.live ? ("live" as const) : ("cold" as const),
    nodes: etcdHosts.map((node) => node.name),
    bytes: saved.snapshot.bytes,
    sha256: saved.snapshot.sha256,
    rancherImage: image,
    undo: undoCommands(name, tagOf(image), stack),
  };
  const { kubeconfig, stateFile } = besideClusterFile(clusterFile);
  const folder = keepFiles(clusterFile, `safety/${name}`, [clusterFile, stateFile, kubeconfig], {
    "deployment.json": deployment,
    "manifest.json": JSON.stringify(report, undefined, 2),
  });
  say(`saved: ${name} on ${report.nodes.join(", ")}, and what belongs to it in ${folder}`);
  return { ...report, folder };
}

/** What an unfinished restore has left in etcd is no way back: the copy from before it stays that, on every etcd host. */
async function keepEarlier(
  options: StepOptions,
  etcdHosts: ClusterNode[],
  earlier: SafetyCopyReport,
): Promise<SafetyCopyReport> {
  const { name, sha256 } = earlier;
  const script = snapshotProofScript(name, sha256);
  const proofs = await Promise.all(
    etcdHosts.map(async (node) => ({
      node,
      proof: parseProof(await ask(options, node, script, options.timeoutSeconds)),
    })),
  );
  const [whole] = proofs.flatMap(({ node, proof }) => ("snapshot" in proof ? [{ node, ...proof }] : []));
  if (!whole) {
    const lost = `the safety copy ${name}, from before the restore that was not seen to end, is whole on no etcd host`;
    throw failure(options, [lost], ["go on without a way back: pulumi config set safetyCopy skip"]);
  }
  for (const { node, proof } of proofs) {
    if (!("snapshot" in proof)) await copyTo(options, whole.node, node, name, whole.snapshot);
  }
  options.say(
    `an earlier restore has wiped the cluster and was not seen to end: ${name}, from before it, stays the way back`,
  );
  return { ...earlier, nodes: etcdHosts.map((node) => node.name) };
}

async function copyTo(
  options: StepOptions,
  from: ClusterNode,
  to: ClusterNode,
  name: string,
  { sha256 }: ProvenSnapshot,
): Promise<void> {
  const copied = await copyBetweenNodes(options, from, to, name).catch((error: unknown) => {
    throw error instanceof SshError ? failure(options, [error.message], [error.remedy]) : error;
  });
  if ("failed" in copied) throw failure(options, [`${to.name}: ${copied.failed.message}`], [copied.failed.remedy]);
  if (copied.snapshot.sha256 !== sha256) throw failure(options, [`${to.name}: has another file than ${from.name}`], []);
}

function checkRoom(
  options: StepOptions,
  asked: { node: ClusterNode; source: EtcdSource }[],
  best: { node: ClusterNode; live: boolean },
): void {
  const from = asked.find(({ node }) => node === best.node)?.source;
  const short = asked.flatMap(({ node, source: { room, dataSize } }) => {
    const needed = (from?.size ?? 0) * (node === best.node ? 2 : 1) + (best.live ? 0 : dataSize) + SPARE;
    return room < needed
      ? [`${node.name}: a safety copy needs ${mib(needed)} in /opt/rke, there are ${mib(room)}`]
      : [];
  });
  if (short.length > 0) {
    throw failure(options, short, ["make room there, or go on without a way back: pulumi config set safetyCopy skip"]);
  }
}

async function readRancher(
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

async function ask(options: StepOptions, node: ClusterNode, script: string, timeoutSeconds: number): Promise<string> {
  const { knownHostsFile, allowUnknownHostKeys } = options;
  const hostKeys = { allowUnknown: allowUnknownHostKeys, ...(knownHostsFile && { knownHostsFile }) };
  const say = (line: string) => options.say(`${node.name}: ${line}`);
  return await ssh({ node, script, hostKeys, timeoutSeconds, say }).catch((error: unknown) => {
    throw error instanceof SshError ? failure(options, [error.message], [error.remedy]) : error;
  });
}

function failure({ stack, clusterFile }: StepOptions, happened: string[], next: string[]): StepFailure {
  return new StepFailure({
    step: "the safety copy",
    happened,
    done: "the proof of the snapshot to restore; parts of the safety copy may lie beside it",
    notDone: "the rest of the safety copy, the etcd restore and everything after it",
    pointOfNoReturn: notReached(clusterFile, "not reached; saving wipes nothing"),
    next: [...next, goOn(stack)],
  });
}

function mib(kib: number): string {
  return `${Math.ceil(kib / 1024)} MiB`;
}
