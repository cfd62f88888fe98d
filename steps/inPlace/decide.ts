import { besideClusterFile, type ClusterNode } from "../../cluster/clusterFile/clusterFile.ts";
import { etcdNodes } from "../../cluster/clusterFile/node.ts";
import type { RestoreRecord } from "../../cluster/history/restores.ts";
import { type Decision, decideWay } from "../../cluster/inPlace/decision.ts";
import { type HostReading, readHost } from "../../cluster/inPlace/facts.ts";
import { readStateContent } from "../../cluster/inPlace/stateContent.ts";
import type { RkeVersion } from "../../cluster/rke/version.ts";
import type { StepInput } from "../contract.ts";
import type { Tools } from "../step.ts";

/** To measure the data of a host, s. */
const SECONDS = 120;

interface DecideArgs {
  /** What the cluster remembers, oldest first. */
  records: RestoreRecord[];
  nodes: ClusterNode[];
  version: RkeVersion;
  input: StepInput<"restore">;
  tools: Tools;
}

/** How etcd goes back, by what the etcd hosts say now; the preview has asked the same. */
export async function decide({
  records,
  nodes,
  version,
  input: { snapshot, run, restoreWith, replaced, proven },
  tools: { clusterFile, hostKeys },
}: DecideArgs): Promise<{ readings: HostReading[]; decision: Decision }> {
  const begun = records.at(-1);
  const isUnfinished = begun?.inPlace !== undefined && begun.finishedAt === undefined;
  const asked = restoreWith === "rke" && !isUnfinished ? [] : etcdNodes({ nodes });
  const hosts = await Promise.all(asked.map((node) => readHost(node, snapshot, hostKeys, SECONDS)));
  const localState = readStateContent(besideClusterFile(clusterFile).stateFile);
  const snapshotBytes = Math.max(0, ...proven.nodes.map(({ bytes, unpacked = bytes }) => unpacked));
  const decision = decideWay({
    ...{ restoreWith, asked: { snapshot, run }, rke: version, replaced, hosts, records, snapshotBytes },
    ...(localState && { localState }),
  });
  return { readings: hosts, decision };
}
