import { besideClusterFile, type ClusterNode, readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { readText } from "../cluster/clusterFile/encoding.ts";
import { etcdNodes, hasRole, nodeText } from "../cluster/clusterFile/node.ts";
import { valueIn } from "../cluster/clusterFile/rkeYaml.ts";
import { kubernetesVersionOf } from "../cluster/clusterFile/stateFile.ts";
import { ask } from "../cluster/node/connection.ts";
import { orUnreachable } from "../cluster/node/ssh.ts";
import { type ProvenSnapshot, rememberProof } from "../cluster/opened/provenSnapshots.ts";
import {
  failedChecks,
  type NodeReading,
  parseState,
  stateScript,
  toleratedDockers,
} from "../cluster/preflight/checks.ts";
import { unwantedKubernetes } from "../cluster/preflight/defaultKubernetes.ts";
import { judgedBy } from "../cluster/preflight/judged.ts";
import { type Problem, problemOf, type Remedy } from "../cluster/problem.ts";
import { shellCommand } from "../cluster/shell.ts";
import { type ProofArgs, parseProof, proofArgs, snapshotProofScript } from "../cluster/snapshot/proof.ts";
import { parseStatus, snapshotStatusScript } from "../cluster/snapshot/status.ts";
import { noRoomForState } from "../cluster/stateFolder/room.ts";
import { stepFailure } from "../messages/failure.ts";
import { warningNotice } from "../messages/warnings.ts";
import type { StepInput, StepReport } from "./contract.ts";
import type { Tools } from "./step.ts";

/**
 * Proof before destruction (design law 3): every node answers, every etcd node holds the same whole snapshot and has
 * room for it. Left-over helper containers of RKE, on which it would fail (rke#2968), are removed.
 */
export async function preflight(input: StepInput<"preflight">, tools: Tools): Promise<StepReport<"preflight">> {
  const proven = await proveForRestore(input, tools, "apply");
  if (!("failed" in proven)) return proven;
  const { snapshot } = input;
  throw stepFailure(tools, { kind: "check", step: "preflight", snapshot, problems: proven.failed });
}

/** What the pre-flight checks do. @param by who is remembered to have proven the snapshot. */
export async function proveForRestore(
  input: StepInput<"preflight">,
  tools: Proving,
  by: ProvenSnapshot["by"],
): Promise<StepReport<"preflight"> | { failed: Problem[] }> {
  const { clusterFile, say, warn } = tools;
  const { nodes } = readClusterFile(clusterFile);
  say(`checking snapshot ${input.snapshot} on every etcd node, and all ${nodes.length} nodes`);
  // Side by side: of a large snapshot, either takes half a minute.
  const [readings, read] = await Promise.all([
    Promise.all(nodes.map((node) => readNode(node, input, tools))),
    readByEtcd(etcdNodes({ nodes }), input, tools),
  ]);
  const noRoom = noRoomForState(clusterFile);
  const version =
    kubernetesVersionOf(besideClusterFile(clusterFile).stateFile) ?? (await liveKubernetesVersion(clusterFile));
  const { rkeVersion: rke, defaultKubernetes: byDefault, expectedWay: way } = input;
  const { text } = readText(clusterFile);
  const written = valueIn(text, "kubernetes_version");
  const judged = judgedBy(text, { rke, byDefault, kubernetesVersion: version, way });
  const checked = [...failedChecks(readings, judged), ...unwantedKubernetes({ rke, written, byDefault, has: version })];
  const failed = [
    ...(noRoom ? [noRoom] : []),
    ...checked.map(({ check, of, message, remedy }) => {
      const isLacking = readings.some(({ node, proof }) => node.name === of && proof && "failed" in proof);
      const isFetched = by === "apply" && check === "snapshot-whole" && isLacking;
      return { message, remedy: isFetched ? orFetchAgain(remedy) : remedy };
    }),
  ];
  if (failed.length > 0) return { failed };
  if (read && "failed" in read) return { failed: [read.failed] };
  if (read) say(`etcd on ${read.on} can read it: revision ${read.etcd.revision}, ${read.etcd.keys} keys`);
  await Promise.all(readings.map((reading) => removeLeftOvers(reading, tools)));
  for (const one of toleratedDockers(readings, judged)) warn(warningNotice({ kind: "docker-not-supported", ...one }));
  const proven = readings.flatMap(({ node, proof }) => {
    if (!proof || !("snapshot" in proof)) return [];
    const { file, bytes, content, unpacked } = proof.snapshot;
    if (proof.passedOver) say(`${node.name}: passed over: ${proof.passedOver}`);
    return [{ node: node.name, file, bytes, unpacked, sha256: content }];
  });
  const [first] = proven;
  if (first) {
    const about = { name: input.snapshot, unpacked: first.unpacked, nodes: proven.map(({ node }) => node) };
    rememberProof(clusterFile, { ...about, how: "hash", by, at: new Date().toISOString() });
  }
  return { ...(read && { etcd: read.etcd }), nodes: proven };
}

/** A node's pull that has run fetches nothing by itself, and only the stack's state, which no step reads, names it. */
function orFetchAgain(remedy: Remedy): Remedy {
  if (typeof remedy === "string" || Array.isArray(remedy)) return remedy;
  const again =
    "where an earlier run has fetched it, preview again: that names the command by which it is fetched once more";
  return { ...remedy, text: `${again}; where none has, ${remedy.text}` };
}

/** For an answer of the API that is of use, but not needed, s. */
const API_SECONDS = 5;

type Proving = Pick<Tools, "clusterFile" | "hostKeys" | "say" | "warn">;

/** By the first node that has an etcd, running or not: all hold the same snapshot. */
async function readByEtcd(
  hosts: ClusterNode[],
  input: StepInput<"preflight">,
  tools: Proving,
): Promise<{ on: string; etcd: { revision: number; keys: number } } | { failed: Problem } | undefined> {
  for (const node of hosts) {
    const script = snapshotStatusScript(proofOf(input));
    const status = await orUnreachable(ask(tools, node, script, input.timeoutSeconds).then(parseStatus));
    if (!status) continue;
    if ("unreachable" in status) return { failed: status.unreachable };
    return "failed" in status ? { failed: problemOf(nodeText(node), status.failed) } : { on: node.name, etcd: status };
  }
  return undefined;
}

function proofOf({ snapshot, sha256, rkeVersion }: StepInput<"preflight">): ProofArgs {
  return proofArgs(snapshot, rkeVersion, sha256);
}

async function readNode(node: ClusterNode, input: StepInput<"preflight">, tools: Proving): Promise<NodeReading> {
  const state = orUnreachable(ask(tools, node, stateScript(node, input.snapshot), 60).then(parseState));
  if (!hasRole(node, "etcd")) return { node, state: await state };
  // Reading a large snapshot takes minutes.
  const script = snapshotProofScript(proofOf(input));
  const proof = orUnreachable(ask(tools, node, script, input.timeoutSeconds).then(parseProof));
  return { node, state: await state, proof: await proof };
}

async function removeLeftOvers({ node, state }: NodeReading, tools: Proving): Promise<void> {
  if ("unreachable" in state || state.helpers.length === 0) return;
  const names = state.helpers.map(({ name }) => name);
  await ask(tools, node, shellCommand(["docker", "rm", "--force", "--volumes", ...names]), 60);
  tools.say(`${node.name}: removed containers that an earlier RKE left behind: ${names.join(", ")}`);
}

/** Where RKE before v0.2.0 has written no state file; undefined where the API does not answer. */
async function liveKubernetesVersion(clusterFile: string): Promise<string | undefined> {
  const { KubernetesReader } = await import("../cluster/kubernetes/reader.ts");
  try {
    return await new KubernetesReader(besideClusterFile(clusterFile).kubeconfig).version(API_SECONDS);
  } catch {
    return undefined;
  }
}
