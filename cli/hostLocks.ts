import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { etcdNodes } from "../cluster/clusterFile/node.ts";
import { type HostLock, hostsToLock, readLocks, releaseLocks } from "../cluster/lock/hosts.ts";
import { LOCK_FILE } from "../cluster/lock/lock.ts";
import { silently } from "../cluster/node/connection.ts";
import type { Problem } from "../cluster/problem.ts";
import { problemLines } from "../messages/commands.ts";
import { lockHolderText } from "../messages/lockHolder.ts";
import type { Settings } from "../settings/settings.ts";
import type { HeldHost } from "./answers.ts";

type Cluster = Pick<Settings, "cluster" | "replacements" | "hostKeys">;

/**
 * The lock of every etcd host.
 * @param locked names of hosts that are known to have been locked, also where the settings have none of that name any more.
 * @param release the id of the lock to release first, and no other one.
 */
export async function hostLocks(
  settings: Cluster,
  { locked = [], release }: { locked?: string[]; release?: string } = {},
): Promise<HeldHost[]> {
  const hosts = hostsOf(settings, locked);
  const gone = locked.filter((name) => !hosts.some((host) => host.name === name));
  const connection = silently(settings.hostKeys);
  const released = release === undefined ? [] : await releaseLocks(connection, hosts, release);
  const failed = released.filter(({ problem }) => problem);
  const isAsked = (host: ClusterNode) => !failed.some((one) => one.host === host);
  const locks = [...failed, ...(await readLocks(connection, hosts.filter(isAsked)))];
  return [
    ...hosts.map((host) => {
      const was = released.find((one) => one.host === host)?.released;
      const { held, problem }: HostLock = locks.find((one) => one.host === host) ?? { host };
      if (problem) return { node: host.name, problem };
      return { node: host.name, ...(was && { released: was }), ...(held && { lock: held }) };
    }),
    ...gone.map((node) => ({ node, problem: goneHost(node) })),
  ];
}

function goneHost(node: string): Problem {
  const message = `${node}: it was locked, and is not in the cluster file any more, so it cannot be asked`;
  return { message, remedy: `on ${node}: rm ${LOCK_FILE}` };
}

/** A rollback with other settings may have locked hosts that this one would not lock. */
function hostsOf(settings: Cluster, locked: string[]): ClusterNode[] {
  const hosts = hostsToLock(settings);
  return etcdNodes(settings.cluster).filter((node) => hosts.includes(node) || locked.includes(node.name));
}

export function hostLockLines({ node, lock, released, problem }: HeldHost, stack: string): string[] {
  if (problem) return problemLines([problem], { stack });
  const held = lock && `locked by ${lockHolderText(lock)}`;
  if (released) return [`${node}: released${held ? `, and since then ${held}` : ""}`];
  return [`${node}: ${held ?? "not locked"}`];
}
