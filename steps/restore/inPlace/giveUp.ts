import type { ClusterNode } from "../../../cluster/clusterFile/clusterFile.ts";
import { hasRole } from "../../../cluster/clusterFile/node.ts";
import { startAgainScript } from "../../../cluster/containers/stopForRestore.ts";
import { readRestores } from "../../../cluster/history/hosts.ts";
import { CONTROL_PLANE } from "../../../cluster/inPlace/controlPlane.ts";
import { answered, exchangeState, readHost } from "../../../cluster/inPlace/facts.ts";
import { askAll, type Connection } from "../../../cluster/node/connection.ts";
import type { Problem } from "../../../cluster/problem.ts";

/** To ask a host for its data, and to start containers, s. */
const SECONDS = 60;

/** A restore in place that an earlier run has begun and not finished. */
export interface UnfinishedInPlace {
  /** ISO 8601, when it began. */
  at: string;
  /** Names of the hosts that have exchanged their data, in part at least. */
  exchanged: string[];
  /** Names of the hosts that cannot be asked, and may have exchanged theirs. */
  unread: string[];
}

/** By what the etcd hosts remember and what is on them; undefined where there is none. */
export async function unfinishedInPlace(
  connection: Connection,
  hosts: ClusterNode[],
): Promise<UnfinishedInPlace | undefined> {
  const last = (await readRestores(connection, hosts)).records.at(-1);
  if (!last?.inPlace || last.finishedAt !== undefined) return undefined;
  const { id } = last.inPlace;
  const readings = await Promise.all(hosts.map((node) => readHost(node, last.snapshot, connection.hostKeys, SECONDS)));
  const read = answered(readings);
  const exchanged = read
    .filter(({ facts }) => !["none", "prepared"].includes(exchangeState(facts, id)))
    .map(({ node }) => node);
  const unread = hosts.map(({ name }) => name).filter((name) => !read.some(({ node }) => node === name));
  return { at: last.startedAt, exchanged, unread };
}

/**
 * Starts etcd and the control planes where a restore in place has stopped them and was killed, etcd on every host before what reads it.
 * Only while no host has exchanged its data. @returns a problem for each node where that failed.
 */
export async function startStopped(connection: Connection, nodes: ClusterNode[]): Promise<Problem[]> {
  const start = async (role: "etcd" | "controlplane", names: string[]) => {
    const on = nodes.filter((node) => hasRole(node, role));
    return (await askAll(connection, on, startAgainScript(names), SECONDS)).problems;
  };
  return [...(await start("etcd", ["etcd"])), ...(await start("controlplane", CONTROL_PLANE))];
}
