import { besideClusterFile, type ClusterNode } from "../../../cluster/clusterFile/clusterFile.ts";
import { etcdNodes } from "../../../cluster/clusterFile/node.ts";
import type { RestoreRecord } from "../../../cluster/history/restores.ts";
import { CONTAINERS_SCRIPT, incomplete } from "../../../cluster/inPlace/controlPlane.ts";
import { type Decision, decideWay } from "../../../cluster/inPlace/decision.ts";
import { type HostReading, readHost } from "../../../cluster/inPlace/facts.ts";
import { readStateContent } from "../../../cluster/inPlace/stateContent.ts";
import { askAll } from "../../../cluster/node/connection.ts";
import type { RkeVersion } from "../../../cluster/rke/version.ts";
import type { StepInput } from "../../contract.ts";
import type { Tools } from "../../step.ts";

/** To measure the data of a host, s. */
const SECONDS = 120;

interface DecideArgs {
  records: RestoreRecord[];
  nodes: ClusterNode[];
  version: RkeVersion;
  input: StepInput<"restore">;
  tools: Tools;
}

/** How etcd is restored, by what the etcd hosts say now; the preview has asked the same. */
export async function decide({
  records,
  nodes,
  version,
  input: { snapshot, run, restoreWith, replaced, proven },
  tools,
}: DecideArgs): Promise<{ readings: HostReading[]; decision: Decision }> {
  const { clusterFile, hostKeys } = tools;
  const begun = records.at(-1);
  const isUnfinished = begun?.inPlace !== undefined && begun.finishedAt === undefined;
  const asked = restoreWith === "rke" && !isUnfinished ? [] : etcdNodes({ nodes });
  const [hosts, lists] = await Promise.all([
    Promise.all(asked.map((node) => readHost(node, snapshot, hostKeys, SECONDS))),
    // One that does not answer cannot be stopped either: then nothing is exchanged.
    askAll(tools, asked.length > 0 ? nodes : [], CONTAINERS_SCRIPT, SECONDS),
  ]);
  const localState = readStateContent(besideClusterFile(clusterFile).stateFile);
  const snapshotBytes = Math.max(0, ...proven.nodes.map(({ bytes, unpacked = bytes }) => unpacked));
  const decision = decideWay({
    ...{ restoreWith, asked: { snapshot, run }, rke: version, replaced, hosts, records, snapshotBytes },
    incomplete: lists.answers.flatMap(({ host, printed }) => incomplete(host, printed)),
    ...(localState && { localState }),
  });
  return { readings: hosts, decision };
}
