import { existsSync } from "node:fs";
import { besideClusterFile, type ClusterNode, hasRole, readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { readKubernetesVersion } from "../cluster/clusterFile/stateFile.ts";
import { type HostKeyPolicy, orUnreachable, SshError, ssh } from "../cluster/node/ssh.ts";
import { failedChecks, type NodeReading, parseState, STATE_SCRIPT } from "../cluster/preflight/checks.ts";
import type { Problem } from "../cluster/problem.ts";
import { shellCommand } from "../cluster/shell.ts";
import { parseProof, snapshotProofScript } from "../cluster/snapshot/proof.ts";
import { parseStatus, type StatusReport, snapshotStatusScript } from "../cluster/snapshot/status.ts";
import { StepFailure } from "../messages/failure.ts";
import { goOn } from "../messages/goOn.ts";
import { notReached } from "../messages/pointOfNoReturn.ts";
import type { StepOptions } from "./main.ts";

/** What the program hands to this step on standard input. */
export interface PreflightInput {
  sha256?: string;
}

/**
 * Proof before destruction (design law 3): every node answers, every etcd node holds the same whole snapshot and has
 * room for it. Left-over helper containers of RKE, on which it would stumble, are removed.
 */
export async function preflight(options: StepOptions): Promise<object> {
  const { clusterFile, snapshot = "", say } = options;
  const { sha256 } = JSON.parse(await options.input()) as PreflightInput;
  const { nodes } = readClusterFile(clusterFile);
  say(`proving snapshot ${snapshot} on every etcd node, and that all ${nodes.length} nodes can be rolled back`);
  const readings = await Promise.all(nodes.map((node) => read(node, snapshot, sha256, options)));
  const failed = failedChecks(readings, kubernetesVersionOf(clusterFile));
  if (failed.length > 0) throw failure(failed, options);
  const status = await readByEtcd(readings, snapshot, options);
  if (status && "failed" in status) throw failure([status.failed], options);
  await Promise.all(readings.map((reading) => removeLeftOvers(reading, options)));
  return {
    ...(status && { etcd: status }),
    nodes: readings.flatMap(({ node, proof }) => {
      if (!proof || !("snapshot" in proof)) return [];
      const { file, bytes, content } = proof.snapshot;
      return [{ node: node.name, file, bytes, sha256: content }];
    }),
  };
}

/** By the first node that has an etcd, running or not: all hold the same snapshot. */
async function readByEtcd(readings: NodeReading[], snapshot: string, options: StepOptions): Promise<StatusReport> {
  for (const { node } of readings.filter(({ proof }) => proof)) {
    const asked = { node, hostKeys: hostKeysOf(options), timeoutSeconds: options.timeoutSeconds };
    const printed = await ssh({ ...asked, script: snapshotStatusScript(snapshot) }).catch((error: unknown) => {
      if (error instanceof SshError) throw failure([error], options);
      throw error;
    });
    const status = parseStatus(printed);
    if (status && "failed" in status)
      return { failed: { ...status.failed, message: `${node.name} (${node.address}): ${status.failed.message}` } };
    if (status) {
      options.say(`etcd on ${node.name} reads it: revision ${status.revision}, ${status.keys} keys`);
      return status;
    }
  }
  return undefined;
}

function failure(failed: Problem[], { snapshot, stack, clusterFile }: StepOptions): StepFailure {
  return new StepFailure({
    step: `the proof of what the rollback to ${snapshot} needs`,
    happened: failed.map(({ message }) => message),
    done: "nothing that changes the cluster",
    notDone: "the etcd restore and everything after it",
    pointOfNoReturn: notReached(clusterFile),
    next: [...new Set(failed.map(({ remedy }) => remedy)), goOn(stack)],
  });
}

async function read(
  node: ClusterNode,
  snapshot: string,
  sha256: string | undefined,
  options: StepOptions,
): Promise<NodeReading> {
  const asked = { node, hostKeys: hostKeysOf(options), say: (line: string) => options.say(`${node.name}: ${line}`) };
  const state = orUnreachable(ssh({ ...asked, script: STATE_SCRIPT, timeoutSeconds: 60 }).then(parseState));
  if (!hasRole(node, "etcd")) return { node, state: await state };
  // Reading a large snapshot takes minutes.
  const { timeoutSeconds } = options;
  const script = snapshotProofScript(snapshot, sha256);
  const proof = orUnreachable(ssh({ ...asked, script, timeoutSeconds }).then(parseProof));
  return { node, state: await state, proof: await proof };
}

async function removeLeftOvers({ node, state }: NodeReading, options: StepOptions): Promise<void> {
  if ("unreachable" in state || state.helpers.length === 0) return;
  const names = state.helpers.map(({ name }) => name);
  await ssh({
    node,
    script: shellCommand(["docker", "rm", "--force", "--volumes", ...names]),
    hostKeys: hostKeysOf(options),
    timeoutSeconds: 60,
  });
  options.say(`${node.name}: removed what an earlier RKE left over: ${names.join(", ")}`);
}

/** Undefined where RKE has not written it down: then nothing is said of Docker's version. */
function kubernetesVersionOf(clusterFile: string): string | undefined {
  const { stateFile } = besideClusterFile(clusterFile);
  if (!existsSync(stateFile)) return undefined;
  try {
    return readKubernetesVersion(stateFile);
  } catch {
    return undefined;
  }
}

function hostKeysOf({ knownHostsFile, allowUnknownHostKeys }: StepOptions): HostKeyPolicy {
  return { allowUnknown: allowUnknownHostKeys, ...(knownHostsFile && { knownHostsFile }) };
}
