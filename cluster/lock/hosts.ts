import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { etcdNodes } from "../clusterFile/node.ts";
import { existingEtcdNodes } from "../clusterFile/replacement.ts";
import { askAll, type Connection } from "../node/connection.ts";
import type { Problem } from "../problem.ts";
import { lineOf } from "../script.ts";
import { HOLDER_SCRIPT, type Lock, lockScript, parseLock, unlockScript } from "./lock.ts";

const SECONDS = 30;

interface AskedHost {
  host: ClusterNode;
  /** Why the host could not be asked; then nothing else is known of it. */
  problem?: Problem;
}

export interface HostLock extends AskedHost {
  held?: Lock;
}

/**
 * The hosts that a rollback locks: every etcd host that stays. Where all of them are replaced, the restore locks those
 * that have come.
 */
export function hostsToLock(cluster: Parameters<typeof existingEtcdNodes>[0]): ClusterNode[] {
  const staying = existingEtcdNodes(cluster);
  return staying.length === 0 ? etcdNodes(cluster.cluster) : staying;
}

export async function readLocks(connection: Connection, hosts: ClusterNode[]): Promise<HostLock[]> {
  return await onEach(connection, hosts, HOLDER_SCRIPT, (printed) => {
    const { held } = parseLock(printed);
    return held ? { held } : {};
  });
}

/** Takes the lock of each host, or says who holds it. One that has a problem may be locked all the same. */
export async function takeLocks(
  connection: Connection,
  hosts: ClusterNode[],
  lock: Lock,
): Promise<(HostLock & { taken?: boolean })[]> {
  return await onEach(connection, hosts, lockScript(lock), parseLock);
}

/** Takes away the lock with this id, and no other one; `released` says whether it was there. */
export async function releaseLocks(
  connection: Connection,
  hosts: ClusterNode[],
  id: string,
): Promise<(AskedHost & { released?: boolean })[]> {
  const parse = (printed: string) => ({ released: lineOf(printed, "released") !== undefined });
  return await onEach(connection, hosts, unlockScript(id), parse);
}

/** In the order of the hosts. */
async function onEach<T>(
  connection: Connection,
  hosts: ClusterNode[],
  script: string,
  parse: (printed: string) => T,
): Promise<(AskedHost & Partial<T>)[]> {
  const { answers, failed } = await askAll(connection, hosts, script, SECONDS);
  const asked: (AskedHost & Partial<T>)[] = [
    ...answers.map(({ host, printed }) => ({ host, ...parse(printed) })),
    ...(failed as (AskedHost & Partial<T>)[]),
  ];
  return asked.sort((one, other) => hosts.indexOf(one.host) - hosts.indexOf(other.host));
}
