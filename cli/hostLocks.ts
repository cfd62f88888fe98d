import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { etcdNodes } from "../cluster/clusterFile/node.ts";
import { existingNodes } from "../cluster/clusterFile/replacement.ts";
import { HOLDER_SCRIPT, LOCK_FILE, parseLock, parseRelease, unlockScript } from "../cluster/lock/lock.ts";
import { unreachable } from "../cluster/node/connection.ts";
import { ssh } from "../cluster/node/ssh.ts";
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
  const asked = await Promise.all(hosts.map((node) => ask(settings, node, release)));
  return [...asked, ...gone.map((node) => ({ node, problem: goneHost(node) }))];
}

function goneHost(node: string): Problem {
  const message = `${node}: it was locked, and is not in the cluster file any more, so it cannot be asked`;
  return { message, remedy: `on ${node}: rm ${LOCK_FILE}` };
}

/** Where every etcd host is replaced, the restore has locked those that have come. */
function hostsOf({ cluster, replacements }: Cluster, locked: string[]): ClusterNode[] {
  const all = etcdNodes(cluster);
  const staying = etcdNodes({ nodes: existingNodes({ cluster, replacements }) });
  return staying.length === 0 ? all : all.filter((node) => staying.includes(node) || locked.includes(node.name));
}

async function ask(
  { hostKeys }: Pick<Settings, "hostKeys">,
  node: ClusterNode,
  release: string | undefined,
): Promise<HeldHost> {
  const run = async (script: string) => await ssh({ node, script, hostKeys, timeoutSeconds: 30 });
  try {
    const released = release !== undefined && parseRelease(await run(unlockScript(release)));
    const { held } = parseLock(await run(HOLDER_SCRIPT));
    return { node: node.name, ...(released && { released }), ...(held && { lock: held }) };
  } catch (error) {
    return { node: node.name, problem: unreachable(error) };
  }
}

/** What is known of a host's lock, as the operator reads it. */
export function hostLockLines({ node, lock, released, problem }: HeldHost, stack: string): string[] {
  if (problem) return problemLines([problem], { stack });
  const held = lock && `locked by ${lockHolderText(lock)}`;
  if (released) return [`${node}: released${held ? `, and since then ${held}` : ""}`];
  return [`${node}: ${held ?? "not locked"}`];
}
