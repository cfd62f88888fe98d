import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { askAll, type Connection } from "../node/connection.ts";
import type { Problem } from "../problem.ts";
import {
  isOfCluster,
  mergeRestores,
  parseRestores,
  READ_SCRIPT,
  type RestoreRecord,
  setAsideScript,
  writeScript,
} from "./restores.ts";

const SECONDS = 30;

/** Machines that take a node's place: what they remember may be of a cluster that they were in before. */
export interface Joining {
  newNodes: string[];
  /** What the cluster's other nodes are called, those that are replaced too. */
  others: string[];
  /** Whether a record of theirs that names none of these may be of this cluster all the same. */
  mayBeOurs?: (record: RestoreRecord) => boolean;
}

/** A restore of another cluster, and the host that remembers it. */
export interface BroughtRestore {
  host: ClusterNode;
  record: RestoreRecord;
}

/** What the hosts remember of the cluster's restores, and the hosts that could not be asked. */
export async function readRestores(
  connection: Connection,
  nodes: ClusterNode[],
  { newNodes, others, mayBeOurs = () => false }: Joining = { newNodes: [], others: [] },
): Promise<{ records: RestoreRecord[]; brought: BroughtRestore[]; problems: Problem[] }> {
  const { answers, problems } = await askAll(connection, nodes, READ_SCRIPT, SECONDS);
  const read = answers.map(({ host, printed }) => ({ host, records: parseRestores(printed) }));
  const isOurs = (host: ClusterNode, record: RestoreRecord) =>
    !newNodes.includes(host.name) || isOfCluster(record, others) || mayBeOurs(record);
  return {
    records: mergeRestores(read.map(({ host, records }) => records.filter((record) => isOurs(host, record)))),
    brought: read.flatMap(({ host, records }) =>
      records.filter((record) => !isOurs(host, record)).map((record) => ({ host, record })),
    ),
    problems,
  };
}

/** Writes a restore on every host. @returns a problem for each host that does not have it. */
export async function writeRestore(
  connection: Connection,
  nodes: ClusterNode[],
  record: RestoreRecord,
): Promise<Problem[]> {
  return (await askAll(connection, nodes, writeScript(record), SECONDS)).problems;
}

/** Keeps restores of another cluster under names that are not read. @returns a problem for each host where that failed. */
export async function setAside(connection: Connection, brought: BroughtRestore[]): Promise<Problem[]> {
  const ofHosts = Map.groupBy(brought, ({ host }) => host);
  const asked = [...ofHosts].map(([host, ofHost]) =>
    askAll(connection, [host], setAsideScript(ofHost.map(({ record }) => record)), SECONDS),
  );
  return (await Promise.all(asked)).flatMap(({ problems }) => problems);
}
