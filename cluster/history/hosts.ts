import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { askAll, type Connection } from "../node/connection.ts";
import type { Problem } from "../problem.ts";
import { mergeRestores, parseRestores, READ_SCRIPT, type RestoreRecord, writeScript } from "./restores.ts";

const SECONDS = 30;

/** What the hosts remember of the cluster's restores, and the hosts that could not be asked. */
export async function readRestores(
  connection: Connection,
  nodes: ClusterNode[],
): Promise<{ records: RestoreRecord[]; problems: Problem[] }> {
  const { answers, problems } = await askAll(connection, nodes, READ_SCRIPT, SECONDS);
  return { records: mergeRestores(answers.map(({ printed }) => parseRestores(printed))), problems };
}

/** Writes a restore on every host. @returns a problem for each host that does not have it. */
export async function writeRestore(
  connection: Connection,
  nodes: ClusterNode[],
  record: RestoreRecord,
): Promise<Problem[]> {
  return (await askAll(connection, nodes, writeScript(record), SECONDS)).problems;
}
