import { isReleasable, LOCK_FILE, type Lock } from "../../cluster/lock/lock.ts";
import { abortCommand, rerunCommand, unlockCommand } from "../../messages/commands.ts";
import { answer, type HeldHost } from "../answers.ts";
import { hostLockLines, hostLocks } from "../hostLocks.ts";
import { stackConfig, type UnlockOptions } from "../options.ts";
import { clusterSettingsOfStack } from "../workspace.ts";

/**
 * Shows who holds the cluster's lock, or takes the one away that is named.
 * @returns 0, or 1 where a host could not be asked or is locked though a lock was to be taken away.
 */
export async function unlock(options: UnlockOptions): Promise<number> {
  const settings = await clusterSettingsOfStack(stackConfig(options.stack, options));
  const { of } = options;
  const held = await hostLocks(settings, of === undefined ? {} : { release: of });
  answer({ command: "unlock", stack: options.stack, hosts: held }, options, heldLines(held, options));
  return held.some(({ problem, lock }) => problem !== undefined || (of !== undefined && lock)) ? 1 : 0;
}

export function heldLines(held: HeldHost[], { of, stack }: Pick<UnlockOptions, "of" | "stack">): string[] {
  const lines = held.flatMap((host) => hostLockLines(host, stack));
  const locks = new Map(held.flatMap(({ lock }) => (lock ? [[lock.id, lock] as const] : [])));
  const ids = [...locks.keys()];
  if (ids.length === 0) return lines;
  if (of !== undefined) {
    const why = ids.includes(of)
      ? `${of} could not be released; on the host: rm ${LOCK_FILE}`
      : `no host has the lock ${of}`;
    return [...lines, why];
  }
  return [...lines, ...[...locks.values()].flatMap((lock) => wayOn(lock, stack, held))];
}

function wayOn(lock: Lock, stack: string, held: HeldHost[]): string[] {
  if (!isReleasable(lock)) {
    const on = held.filter((host) => host.lock?.id === lock.id).map(({ node }) => node);
    const removal = `on ${on.join(", ")}: rm ${LOCK_FILE}`;
    return [`lock ${lock.id}:`, `  no command releases it; only if its rollback is certainly dead, ${removal}`];
  }
  return [
    `lock ${lock.id}:`,
    `  to continue its rollback: ${rerunCommand({ stack: lock.stack, program: "rancher-rollback" })}`,
    `  to abandon it: ${abortCommand(lock)}`,
    `  only if stack ${lock.stack} is lost and its rollback is certainly dead: ${unlockCommand({ stack }, lock.id)}`,
  ];
}
