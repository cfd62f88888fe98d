import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { type ClusterNode, readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { HOLDER_SCRIPT, LOCK_FILE, type Lock, lockScript, parseLock, unlockScript } from "../cluster/lock/lock.ts";
import { SshError, ssh } from "../cluster/node/ssh.ts";
import { ClusterFolderBusy, untilEarlierRkeEnded } from "../cluster/rke/run.ts";
import { StepFailure } from "../messages/failure.ts";
import { goOn } from "../messages/goOn.ts";
import { notReached } from "../messages/pointOfNoReturn.ts";
import type { StepOptions } from "./main.ts";

/** What the program hands to the steps that deal with the lock, on standard input. */
export interface LockInput {
  /** The holder's id: of the stack's state, so that any run of it has the same. */
  id: string;
  /** Names of the etcd hosts that carry the lock: those that stay, for a new one has none and a dead one no more. */
  hosts: string[];
  /** The id of a lock that is to be broken. */
  breakLockOf?: string;
}

/** A holder's id. It is a step of its own so that it is in the state before anything is locked by it. */
export async function lockId(): Promise<object> {
  return { id: randomBytes(4).toString("hex") };
}

/** Takes the lock on every etcd host, or on none (design law 6), once an RKE that a killed run has left is done. */
export async function lock(options: StepOptions): Promise<object> {
  const { hosts, id, breakLockOf } = JSON.parse(await options.input()) as LockInput;
  const nodes = hostsOf(options, hosts);
  await untilEarlierRkeEnded(options).catch((error: unknown) => {
    if (!(error instanceof ClusterFolderBusy)) throw error;
    throw failure(options, [error.message], ["wait until that run has ended"]);
  });
  await reachEveryHost(options, nodes);
  if (breakLockOf) await breakLock(options, nodes, breakLockOf);
  const mine: Lock = {
    id,
    holder: `${userInfo().username}@${hostname()}`,
    stack: options.stack,
    snapshot: options.snapshot ?? "",
    since: new Date().toISOString(),
  };
  const taken: ClusterNode[] = [];
  // One after the other, in the same order for everyone: of two that come at once, one is refused by the first host.
  for (const node of nodes) {
    const { taken: fresh, held } = await ask(options, node, lockScript(mine)).then(parseLock, async (error: Error) => {
      const left = await release(options, taken, id);
      throw error instanceof SshError
        ? failure(options, [error.message, ...left], [error.next], notReached(options.clusterFile))
        : error;
    });
    if (fresh) taken.push(node);
    else if (held?.id !== id) throw refused(options, node, held, await release(options, taken, id));
  }
  options.say(`${nodes.map(({ name }) => name).join(", ")}: locked by this stack, ${id}`);
  return { id, hosts: nodes.map(({ name }) => name), since: mine.since };
}

/** Releases this rollback's lock. A host that cannot be asked keeps it: the rollback itself is done, so that is a warning. */
export async function unlock(options: StepOptions): Promise<object> {
  const { hosts, id } = JSON.parse(await options.input()) as LockInput;
  const left = await release(options, hostsOf(options, hosts), id);
  for (const line of left) options.say(`WARNING ${line}`);
  if (left.length === 0) options.say("the cluster is unlocked");
  return { id, left };
}

/**
 * Whether every host still carries the lock; the restore asks right before it wipes.
 * @throws StepFailure naming who holds it instead.
 */
export async function checkLock(options: StepOptions, { hosts, id }: LockInput): Promise<void> {
  const answers = await Promise.allSettled(
    hostsOf(options, hosts).map(async (node) => [node, await ask(options, node, HOLDER_SCRIPT)] as const),
  );
  const problems = answers.flatMap((answer) => {
    if (answer.status === "rejected") return [(answer.reason as Error).message];
    const [node, printed] = answer.value;
    const { held } = parseLock(printed);
    if (held?.id === id) return [];
    return [`${node.name}: ${held ? `the lock is held by ${inWords(held)}` : "this stack's lock is gone"}`];
  });
  if (problems.length === 0) return;
  throw failure(options, problems, [
    "find out who broke the lock; to take it again and begin anew: pulumi config set run N, one more than it is",
  ]);
}

/** One host after the other is locked; that several cannot be reached is told at once. */
async function reachEveryHost(options: StepOptions, nodes: ClusterNode[]): Promise<void> {
  const asked = await Promise.allSettled(nodes.map((node) => ask(options, node, HOLDER_SCRIPT)));
  const errors = asked.flatMap((one) => (one.status === "rejected" ? [one.reason as SshError] : []));
  if (errors.length === 0) return;
  const next = [...new Set(errors.map((error) => error.next))];
  throw failure(
    options,
    errors.map(({ message }) => message),
    next,
    notReached(options.clusterFile),
  );
}

function hostsOf({ clusterFile }: StepOptions, hosts: string[]): ClusterNode[] {
  const nodes = readClusterFile(clusterFile).nodes.filter(({ name }) => hosts.includes(name));
  return nodes.sort((one, other) => (one.name < other.name ? -1 : 1));
}

async function ask(options: StepOptions, node: ClusterNode, script: string): Promise<string> {
  const { knownHostsFile, allowUnknownHostKeys } = options;
  const hostKeys = { allowUnknown: allowUnknownHostKeys, ...(knownHostsFile && { knownHostsFile }) };
  return await ssh({ node, script, hostKeys, timeoutSeconds: 30 });
}

/** Takes the lock with this id away where it is; a sentence for each host where that is not known to have happened. */
async function release(options: StepOptions, nodes: ClusterNode[], id: string): Promise<string[]> {
  const released = await Promise.allSettled(nodes.map((node) => ask(options, node, unlockScript(id))));
  return released.flatMap((one, at) => {
    const { name } = nodes[at] as ClusterNode;
    return one.status === "fulfilled" ? [] : [`${name} may still be locked: on it, rm ${LOCK_FILE}`];
  });
}

async function breakLock(options: StepOptions, nodes: ClusterNode[], id: string): Promise<void> {
  for (const node of nodes) {
    const printed = await ask(options, node, unlockScript(id)).catch((error: SshError) => {
      throw failure(options, [error.message], [error.next], notReached(options.clusterFile));
    });
    if (printed.includes("released"))
      options.say(`WARNING ${node.name}: the lock ${id} was broken, as breakLockOf says`);
  }
}

function refused(options: StepOptions, { name }: ClusterNode, held: Lock | undefined, left: string[]): StepFailure {
  const who = held ? inWords(held) : "someone who let go of it meanwhile";
  return failure(
    options,
    [`${name}: this cluster is being rolled back by ${who}`, ...left],
    [
      "wait until that rollback has ended, or finish it where it was begun",
      ...(held ? [`only if it is dead for certain: pulumi config set breakLockOf ${held.id}`] : []),
    ],
  );
}

function inWords({ holder, stack, snapshot, since, id }: Lock): string {
  return `${holder}, stack ${stack}, to snapshot ${snapshot}, since ${since} (lock ${id})`;
}

function failure(
  { stack }: StepOptions,
  happened: string[],
  next: string[],
  pointOfNoReturn = "not reached by this run; of another one its own output tells",
): StepFailure {
  return new StepFailure({
    step: "the lock on the cluster",
    happened,
    done: "nothing by this run",
    notDone: "the etcd restore and everything after it",
    pointOfNoReturn,
    next: [...next, goOn(stack)],
  });
}
