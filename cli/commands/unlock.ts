import type { Argv } from "yargs";
import { LOCK_FILE } from "../../cluster/lock/lock.ts";
import { abortCommand } from "../../messages/commands.ts";
import { answer, type HeldHost } from "../answers.ts";
import { hostLocks, hostLockText } from "../hostLocks.ts";
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
  const held = await hostLocks(settings, of === undefined ? {} : { release: of });
  answer({ command: "unlock", stack: options.stack, hosts: held }, options, inWords(held, options));
  return held.some(({ error, lock }) => error !== undefined || (of !== undefined && lock)) ? 1 : 0;
}

function inWords(held: HeldHost[], { of, stack }: UnlockOptions): string[] {
  const lines = held.map(hostLockText);
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
    `A rollback that was stopped continues with its own lock: npx rancher-rollback apply. The stack that holds the lock gives it up with: ${abortCommand({ stack: "STACK" })}. Only if that stack is lost and its rollback is certainly dead:`,
    ...ids.map((id) => `  npx rancher-rollback unlock --stack ${stack} --of ${id}`),
  ];
}
