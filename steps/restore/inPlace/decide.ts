import { besideClusterFile } from "../../../cluster/clusterFile/clusterFile.ts";
import type { RestoreRecord } from "../../../cluster/history/restores.ts";
import { CONTAINERS_SCRIPT, incomplete } from "../../../cluster/inPlace/controlPlane.ts";
import { type Decision, decideWay } from "../../../cluster/inPlace/decision.ts";
import { type HostReading, readHost } from "../../../cluster/inPlace/facts.ts";
import { readStateContent } from "../../../cluster/inPlace/stateContent.ts";
import { askAll } from "../../../cluster/node/connection.ts";
import type { Restoring } from "../restoreFailure.ts";

/** To measure the data of a host, s. */
const SECONDS = 120;

/** How etcd is restored, by what the etcd hosts say now; the preview has asked the same. */
export async function decide(
  records: RestoreRecord[],
  { nodes, etcdHosts, version, input, tools }: Restoring,
): Promise<{ readings: HostReading[]; decision: Decision }> {
  const { snapshot, run, restoreWith, replaced, proven } = input;
  const { clusterFile, hostKeys } = tools;
  const begun = records.at(-1);
  const isUnfinished = begun?.inPlace !== undefined && begun.finishedAt === undefined;
  const asked = restoreWith === "rke" && !isUnfinished ? [] : etcdHosts;
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
