import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { existingNodes, type Replacement } from "../clusterFile/replacement.ts";
import { hostsToLock } from "../lock/hosts.ts";
import { silently } from "../node/connection.ts";
import type { HostKeyPolicy } from "../node/ssh.ts";
import type { Problem } from "../problem.ts";
import { readRestores } from "./hosts.ts";
import type { RestoreRecord } from "./restores.ts";

interface AskedCluster {
  cluster: { nodes: ClusterNode[] };
  replacements: Pick<Replacement, "node" | "unresponsive">[];
  hostKeys: HostKeyPolicy;
}

/** What is remembered of a cluster's restores. */
export interface ClusterHistory {
  /** Oldest first. */
  records: RestoreRecord[];
  /** Why a host could not be asked, of each such host. */
  unread: Problem[];
  /** Whether any host could be asked. */
  isRead: boolean;
}

/**
 * What hosts remember of this cluster's restores, those that a rollback locks if not given. What a machine that takes a
 * node's place has brought from another cluster is none of it.
 */
export async function clusterHistory(asked: AskedCluster, hosts = hostsToLock(asked)): Promise<ClusterHistory> {
  const { replacements, hostKeys } = asked;
  const { records, problems } = await readRestores(silently(hostKeys), hosts, {
    newNodes: replacements.map(({ node }) => node.name),
    others: [
      ...existingNodes(asked).map(({ address }) => address),
      ...replacements.map(({ unresponsive }) => unresponsive),
    ],
  });
  return { records, unread: problems, isRead: problems.length < hosts.length };
}
