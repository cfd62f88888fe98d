import { besideClusterFile, type ClusterNode, readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { etcdNodes } from "../cluster/clusterFile/node.ts";
import { readStateFile } from "../cluster/clusterFile/stateFile.ts";
import { apiErrorMessage, KubernetesReader } from "../cluster/kubernetes/reader.ts";
import { ask, unreachable } from "../cluster/node/connection.ts";
import { type Problem, type Remedy, setRemedy } from "../cluster/problem.ts";
import type { DeploymentRef } from "../cluster/rancher/deployment.ts";
import { namesSnapshotsWithoutZip, readsStateInZip } from "../cluster/rke/version.ts";
import { copyBeforeUnfinishedWipe } from "../cluster/safetyCopy/earlierCopy.ts";
import type { SafetyCopyReport } from "../cluster/safetyCopy/report.ts";
import {
  bestSource,
  coldCopyScript,
  type EtcdSource,
  liveCopyScript,
  parseSource,
  SOURCE_SCRIPT,
} from "../cluster/safetyCopy/safetyCopy.ts";
import { type ProofArgs, type ProvenSnapshot, parseProof, snapshotProofScript } from "../cluster/snapshot/proof.ts";
import { keepFiles } from "../cluster/stateFolder/keep.ts";
import { timeStamp } from "../cluster/time.ts";
import { problemFailure, type StepFailure } from "../messages/failure.ts";
import type { StepInput } from "./contract.ts";
import { copyBetweenNodes } from "./pullSnapshot.ts";
import type { Tools } from "./step.ts";

/** Stays free beside a copy, KiB. */
const SPARE = 256 * 1024;

/** Saves what the wipe destroys (design law 4): a snapshot of now on every etcd host, and all that belongs to it. */
export async function safetyCopy(input: StepInput<"safety-copy">, tools: Tools): Promise<SafetyCopyReport> {
  const { hosts, rancher, rkeVersion, timeoutSeconds } = input;
  const { clusterFile, say } = tools;
  const name = `safety-${timeStamp(new Date().toISOString())}`;
  const etcdHosts = etcdNodes(readClusterFile(clusterFile));
  const asked = await Promise.all(
    etcdHosts.map(async (node) => ({ node, source: parseSource(await run(tools, node, SOURCE_SCRIPT, 60)) })),
  );
  const sources = asked.filter(({ node }) => hosts.includes(node.name));
  const best = bestSource(sources);
  const earlier = copyBeforeUnfinishedWipe(clusterFile);
  if (earlier && !best?.live) return await keepEarlier(input, tools, etcdHosts, earlier);
  if (earlier) tools.warn(`an earlier restore did not finish; the data from before it are in ${earlier.name}`);
  if (!best) throw failure(tools, [{ message: "no etcd host has data that could be saved", remedy: SKIP }]);
  checkRoom(tools, asked, best);

  say(`saving ${name} on ${best.node.name}, ${best.live ? "whose etcd answers" : "no etcd answers: a cold copy"}`);
  const { kubeconfig, stateFile } = besideClusterFile(clusterFile);
  // Read beside the copy, which takes longer.
  const reading = readRancher(clusterFile, rancher);
  const state = readsStateInZip(rkeVersion) ? readStateFile(stateFile) : undefined;
  const args = { name, withState: state !== undefined };
  const script = best.live ? liveCopyScript(args) : coldCopyScript(args);
  const saved = parseProof(await run(tools, best.node, script, timeoutSeconds, state));
  if ("failed" in saved) {
    throw failure(tools, [{ message: `${best.node.name}: ${saved.failed.message}`, remedy: saved.failed.remedy }]);
  }
  // RKE restores only what is the same on every host.
  await Promise.all(
    etcdHosts
      .filter((node) => node !== best.node)
      .map((node) => copyTo(input, tools, best.node, node, name, saved.snapshot)),
  );
  const { deployment, image } = await reading;
  const report = {
    name,
    kind: best.live ? ("live" as const) : ("cold" as const),
    nodes: etcdHosts.map((node) => node.name),
    bytes: saved.snapshot.bytes,
    sha256: saved.snapshot.sha256,
    state: saved.snapshot.state,
    rancherImage: image,
  };
  const folder = keepFiles(clusterFile, `safety/${name}`, [clusterFile, stateFile, kubeconfig], {
    "deployment.json": deployment,
    "manifest.json": JSON.stringify(report, undefined, 2),
  });
  if (!report.state && readsStateInZip(rkeVersion)) {
    tools.warn(`RKE's state file is not in ${name}: a restore of it uses the one beside the cluster file`);
  }
  tools.saved(report);
  say(`saved: ${name} on ${report.nodes.join(", ")}, and what belongs to it in ${folder}`);
  return { ...report, folder };
}

/** What an unfinished restore has left in etcd is no way back: the copy from before it stays that, on every etcd host. */
async function keepEarlier(
  input: StepInput<"safety-copy">,
  tools: Tools,
  etcdHosts: ClusterNode[],
  earlier: SafetyCopyReport,
): Promise<SafetyCopyReport> {
  const { name, sha256 } = earlier;
  const script = snapshotProofScript({ ...proofArgs(name, input), sha256 });
  const proofs = await Promise.all(
    etcdHosts.map(async (node) => ({
      node,
      proof: parseProof(await run(tools, node, script, input.timeoutSeconds)),
    })),
  );
  const [whole] = proofs.flatMap(({ node, proof }) => ("snapshot" in proof ? [{ node, ...proof }] : []));
  if (!whole) {
    const message = `the safety copy ${name}, from before the restore that did not finish, is on no etcd host or damaged`;
    throw failure(tools, [{ message, remedy: SKIP }]);
  }
  for (const { node, proof } of proofs) {
    if (!("snapshot" in proof)) await copyTo(input, tools, whole.node, node, name, whole.snapshot);
  }
  tools.say(`an earlier restore did not finish: ${name}, from before it, stays the way back`);
  const kept = { ...earlier, nodes: etcdHosts.map((node) => node.name) };
  tools.saved(kept);
  return kept;
}

async function copyTo(
  input: StepInput<"safety-copy">,
  tools: Tools,
  from: ClusterNode,
  to: ClusterNode,
  name: string,
  { sha256 }: ProvenSnapshot,
): Promise<void> {
  const connection = { ...tools, timeoutSeconds: input.timeoutSeconds };
  const copied = await copyBetweenNodes(connection, from, to, proofArgs(name, input)).catch((error: unknown) => {
    throw failure(tools, [unreachable(error)]);
  });
  if ("failed" in copied)
    throw failure(tools, [{ message: `${to.name}: ${copied.failed.message}`, remedy: copied.failed.remedy }]);
  if (copied.snapshot.sha256 !== sha256) {
    const message = `${to.name} has another file ${name} than ${from.name}`;
    throw failure(tools, [{ message, remedy: `look at the disk of ${to.name}` }]);
  }
}

function checkRoom(
  tools: Tools,
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
    throw failure(
      tools,
      short.map((message) => ({ message, remedy: SKIP })),
    );
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

function proofArgs(name: string, { rkeVersion }: StepInput<"safety-copy">): ProofArgs {
  return { name, rkeReadsZips: namesSnapshotsWithoutZip(rkeVersion) };
}

async function run(
  tools: Tools,
  node: ClusterNode,
  script: string,
  timeoutSeconds: number,
  input?: string,
): Promise<string> {
  return await ask(tools, node, script, timeoutSeconds, input).catch((error: unknown) => {
    throw failure(tools, [unreachable(error)]);
  });
}

const SKIP: Remedy = setRemedy("make room there, or continue without a way back", "safetyCopy", "skip");

function failure({ clusterFile }: Tools, problems: Problem[]): StepFailure {
  const about = {
    kind: "check" as const,
    step: "The safety copy",
    done: "the pre-flight checks; parts of the safety copy may lie beside the snapshots",
    notDone: "the rest of the safety copy, the etcd restore and everything after it",
  };
  return problemFailure(about, problems, clusterFile);
}

function mib(kib: number): string {
  return `${Math.ceil(kib / 1024)} MiB`;
}
