import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { etcdNodes } from "../cluster/clusterFile/node.ts";
import { existingNodes } from "../cluster/clusterFile/replacement.ts";
import { HOLDER_SCRIPT, type Lock, parseLock, unlockScript } from "../cluster/lock/lock.ts";
import { SshError, ssh } from "../cluster/node/ssh.ts";
import type { Settings } from "../settings/settings.ts";
import type { HeldHost } from "./answers.ts";

/** The lock of every etcd host; the one with the id `release` is released first, and no other one. */
export async function hostLocks(
  settings: Pick<Settings, "cluster" | "replacements" | "hostKeys">,
  release?: string,
): Promise<HeldHost[]> {
  const hosts = etcdNodes({ nodes: existingNodes(settings) });
  return await Promise.all(hosts.map((node) => ask(settings, node, release)));
}

async function ask(
  { hostKeys }: Pick<Settings, "hostKeys">,
  node: ClusterNode,
  release: string | undefined,
): Promise<HeldHost> {
  const run = async (script: string) => await ssh({ node, script, hostKeys, timeoutSeconds: 30 });
  try {
    const released = release !== undefined && (await run(unlockScript(release))).split("\n").includes("released");
    const { held } = parseLock(await run(HOLDER_SCRIPT));
    return { node: node.name, ...(released && { released }), ...(held && { lock: held }) };
  } catch (error) {
    if (error instanceof SshError) return { node: node.name, error: `${error.message}; ${error.remedy}` };
    throw error;
  }
}

/** What is known of a host's lock, as the operator reads it. */
export function hostLockText({ node, lock, released, error }: HeldHost): string {
  if (error !== undefined) return error;
  const held = lock && `locked by ${holderText(lock)}`;
  if (released) return `${node}: released${held ? `, and since then ${held}` : ""}`;
  return `${node}: ${held ?? "not locked"}`;
}

function holderText({ holder, stack, snapshot, since, id }: Lock): string {
  return `${holder}, stack ${stack}, to snapshot ${snapshot}, since ${since} (lock ${id})`;
}
