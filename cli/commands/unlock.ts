import type { Argv } from "yargs";
import type { ClusterNode } from "../../cluster/clusterFile/clusterFile.ts";
import { etcdNodes } from "../../cluster/clusterFile/node.ts";
import { existingNodes } from "../../cluster/clusterFile/replacement.ts";
import { HOLDER_SCRIPT, LOCK_FILE, parseLock, unlockScript } from "../../cluster/lock/lock.ts";
import { SshError, ssh } from "../../cluster/node/ssh.ts";
import type { Settings } from "../../settings/settings.ts";
import { answer, type HeldHost } from "../answers.ts";
import { once, type StackOptions, stackConfig } from "../options.ts";
import { settingsOfStack } from "../workspace.ts";

export interface UnlockOptions extends StackOptions {
  of: string | undefined;
}

export function withUnlock(command: Argv<StackOptions>): Argv<UnlockOptions> {
  return command
    .option("of", {
      type: "string",
      describe: "the id of the lock to take away; without it the locks are only shown",
    })
    .check(once("of"), false);
}

/**
 * Shows who holds the cluster's lock, or takes the one away that is named.
 * @returns 0, or 1 where a host could not be asked or is locked though a lock was to be taken away.
 */
export async function unlock(options: UnlockOptions): Promise<number> {
  const settings = await settingsOfStack(stackConfig(options.stack, options));
  const { of } = options;
  const hosts = etcdNodes({ nodes: existingNodes(settings) });
  const held = await Promise.all(hosts.map((node) => ask(settings, node, of)));
  answer({ command: "unlock", stack: options.stack, hosts: held }, options, inWords(held, options));
  return held.some(({ error, lock }) => error !== undefined || (of !== undefined && lock)) ? 1 : 0;
}

async function ask({ hostKeys }: Settings, node: ClusterNode, of: string | undefined): Promise<HeldHost> {
  try {
    if (of !== undefined) await ssh({ node, script: unlockScript(of), hostKeys, timeoutSeconds: 30 });
    const { held } = parseLock(await ssh({ node, script: HOLDER_SCRIPT, hostKeys, timeoutSeconds: 30 }));
    return { node: node.name, ...(held && { lock: held }) };
  } catch (error) {
    if (error instanceof SshError) return { node: node.name, error: `${error.message}; ${error.remedy}` };
    throw error;
  }
}

function inWords(held: HeldHost[], { of, stack }: UnlockOptions): string[] {
  const lines = held.map(({ node, lock, error }) => {
    if (error) return error;
    if (!lock) return `${node}: not locked`;
    return `${node}: locked by ${lock.holder}, stack ${lock.stack}, to snapshot ${lock.snapshot}, since ${lock.since} (lock ${lock.id})`;
  });
  const ids = [...new Set(held.flatMap(({ lock }) => (lock ? [lock.id] : [])))];
  if (ids.length === 0) return lines;
  if (of !== undefined) {
    const why = ids.includes(of)
      ? `${of} could not be taken away; on the host: rm ${LOCK_FILE}`
      : `none of these is ${of}`;
    return [...lines, why];
  }
  return [
    ...lines,
    "A rollback that was stopped goes on with its own lock: npx rancher-rollback apply. Only if it is dead for certain, and nobody will go on with it:",
    ...ids.map((id) => `  npx rancher-rollback unlock --stack ${stack} --of ${id}`),
  ];
}
