import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { ask, type Connection, unreachable } from "../node/connection.ts";
import type { Problem } from "../problem.ts";
import { mergeRestores, parseRestores, READ_SCRIPT, type RestoreRecord, writeScript } from "./restores.ts";

const SECONDS = 30;

/** What the hosts remember of the cluster's restores, and the hosts that could not be asked. */
export async function readRestores(
  connection: Connection,
  nodes: ClusterNode[],
): Promise<{ records: RestoreRecord[]; problems: Problem[] }> {
  const answers = await Promise.all(
    nodes.map((node) => ask(connection, node, READ_SCRIPT, SECONDS).catch(unreachable)),
  );
  return {
    records: mergeRestores(answers.flatMap((answer) => (typeof answer === "string" ? [parseRestores(answer)] : []))),
    problems: answers.filter((answer) => typeof answer !== "string"),
  };
}

/** Writes a restore on every host. @returns a problem for each host that does not have it. */
export async function writeRestore(
  connection: Connection,
  nodes: ClusterNode[],
  record: RestoreRecord,
): Promise<Problem[]> {
  const script = writeScript(record);
  const answers = await Promise.all(nodes.map((node) => ask(connection, node, script, SECONDS).catch(unreachable)));
  return answers.filter((answer) => typeof answer !== "string");
}
