import { readClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import { etcdNodes } from "../../cluster/clusterFile/node.ts";
import { ssh } from "../../cluster/node/ssh.ts";
import { inspectSnapshot } from "../../cluster/opened/inspection.ts";
import { readRkeVersion } from "../../cluster/rke/readVersion.ts";
import { parseProof, proofArgs, snapshotProofScript } from "../../cluster/snapshot/proof.ts";
import type { LabCluster, Progress } from "../cluster/cluster.ts";
import { Problem } from "../machine/problem.ts";
import { secondsSince } from "./measure.ts";
import { onNode } from "./onNode.ts";
import type { BigResults } from "./results.ts";

const RANCHER = { namespace: "cattle-system", deployment: "cattle", container: "cattle-server" };
const TIMEOUT_SECONDS = 900;

/** Opens a snapshot on the first etcd host as `prove` does, and compares it with the cluster. @throws Problem where it cannot be opened. */
export async function timeOpening(
  cluster: LabCluster,
  name: string,
  say: Progress,
): Promise<BigResults["opened"][number]> {
  const [node] = etcdNodes(readClusterFile(cluster.clusterFile));
  if (!node) throw new Problem("the cluster has no etcd host");
  const hostKeys = { knownHostsFile: cluster.knownHosts, allowUnknown: false };
  const script = snapshotProofScript(proofArgs(name, readRkeVersion(cluster.rke)));
  const proof = parseProof(await ssh({ node, script, hostKeys, timeoutSeconds: TIMEOUT_SECONDS }));
  if ("failed" in proof) throw new Problem(proof.failed.message);
  const { file, unpacked: bytes } = proof.snapshot;
  const memory = onNode(node, "openedMemory.sh");
  const began = Date.now();
  const found = await inspectSnapshot([{ node, file, bytes }], { name, hostKeys, rancher: RANCHER });
  const seconds = secondsSince(began);
  if ("failed" in found) throw new Problem(found.failed.message);
  const peakMiB = Number(await memory) / 1024;
  say(`opened ${name}: ${found.keys} keys, ${seconds.toFixed(1)} s, ${peakMiB.toFixed(0)} MiB`);
  return { bytes, keys: found.keys, seconds, peakMiB };
}
