import { type ClusterNode, readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { readRestores } from "../cluster/history/hosts.ts";
import { mayBeAlive, type RestoreRecord } from "../cluster/history/restores.ts";
import { type HostLock, readLocks, releaseLocks, takeLocks } from "../cluster/lock/hosts.ts";
import { isReleasable, LOCK_FILE, type Lock, namesHolder } from "../cluster/lock/lock.ts";
import type { Connection } from "../cluster/node/connection.ts";
import type { Problem, Remedy } from "../cluster/problem.ts";
import { isOwn, isSameHolder, thisHolder } from "../cluster/stateFolder/machine.ts";
import { stepFailure } from "../messages/failure.ts";
import { lockHolderText } from "../messages/lockHolder.ts";
import { heldElsewhere } from "../messages/repetition.ts";
import { comesAfterRestore, type StepId } from "../messages/steps.ts";
import type { StepInput } from "./contract.ts";
import type { Tools } from "./step.ts";

/** What the lock is asked for with, also by those who run no step. */
type LockTools = Connection & Pick<Tools, "clusterFile" | "stack" | "warn">;

export function lockOf(id: string, snapshot: string, { stack, clusterFile }: LockTools): Lock {
  return { id, ...thisHolder(clusterFile), stack, snapshot, since: new Date().toISOString() };
}

/** What a step that asks for the lock wants with it. */
interface Asking {
  snapshot: string;
  /** Who asks; the lock itself and the restore if absent. */
  step?: StepId;
  readRecords?: ReadAgain;
}

/**
 * Whether every host has the lock; the restore asks when it starts and right before it wipes. Where a host is not locked,
 * as after an `abort` and on hosts that have only just come, it is taken; but not on those that had it in this very run.
 * @throws StepFailure naming who holds it instead.
 */
export async function ensureLock(
  { hosts, id, taken: had }: StepInput<"restore">["lock"],
  { snapshot, step = "lock", readRecords = async () => [] }: Asking,
  tools: Tools,
): Promise<void> {
  const nodes = hostsOf(tools, hosts);
  const hadIt = ({ name }: ClusterNode) => had.includes(name);
  const take = (some: ClusterNode[]) =>
    takeOrTakeOver(tools, some, { mine: lockOf(id, snapshot, tools), step, readRecords });
  const takeHeld = async (some: ClusterNode[]): ReturnType<typeof take> => {
    const read = await readLocks(tools, some);
    const held = read.filter((one) => one.held).map(({ host }) => host);
    return [...read.filter(({ problem }) => problem), ...(await take(held))];
  };
  const others = nodes.filter((node) => !hadIt(node));
  const [kept, asked] = await Promise.all([
    readLocks(tools, nodes.filter(hadIt)),
    leavesFree(step) ? takeHeld(others) : take(others),
  ]);
  const fresh = asked.filter(({ taken }) => taken).map(({ host }) => host);
  const problems = [...kept, ...asked.filter(({ taken }) => !taken)].flatMap(({ host, held, problem }): Problem[] => {
    if (problem && comesAfterRestore(step)) tools.say(`${problem.message}; whether it is still locked is not known`);
    if (problem) return comesAfterRestore(step) ? [] : [problem];
    if (held && isOfOtherMachine(held, id, tools)) return [takenOver(host.name, held)];
    if (held?.id === id) return [];
    if (!held && hadIt(host)) return [{ message: `${host.name}: ${RELEASED}`, remedy: FIND_OUT }];
    return [{ message: `${host.name}: the lock is held by ${holderText(held)}`, remedy: untilReleased(host, held) }];
  });
  if (problems.length > 0) {
    await release(tools, fresh, id);
    throw stepFailure(tools, { kind: "locked", step, problems });
  }
  if (fresh.length > 0) tools.say(`${fresh.map(({ name }) => name).join(", ")}: locked again by this stack, ${id}`);
}

/**
 * Asked once by each step after the restore, before it changes anything: after `pulumi cancel` a run on another machine may
 * have taken the rollback over while this one was at work. A host that cannot be asked stops nothing: a step that needs it
 * says so itself, and setting the image needs none.
 * @param lock absent from inputs of earlier releases. @throws StepFailure naming who holds it instead.
 */
export async function ensureLockAfterRestore(
  lock: StepInput<"restart">["lock"],
  step: StepId,
  tools: Tools,
): Promise<void> {
  if (!lock) return;
  const readRecords = async () => (await readRestores(tools, hostsOf(tools, lock.hosts))).records;
  await ensureLock(lock, { snapshot: lock.snapshot, step, readRecords }, tools);
}

/**
 * Whether a step takes no lock that nobody holds. Another rancherVersion sets an image while no rollback is under way, whose
 * lock would put back the tokens of an earlier one; and nothing releases a lock that the last `rke up` takes by itself.
 */
function leavesFree(step: StepId): boolean {
  return step === "wait-for-api" || step === "rke-up-last";
}

/** Nothing releases the lock of a rollback that is dead, and no command one whose id is none of ours. */
function untilReleased({ name }: ClusterNode, held: Lock | undefined): Remedy {
  const wait = "wait until that rollback has ended";
  if (!held) return wait;
  const dead = `${wait}; or, only if it is certainly dead,`;
  if (!isReleasable(held)) return `${dead} on ${name}: rm ${LOCK_FILE}`;
  return { text: `${dead} release its lock`, command: `unlock --of ${held.id}` };
}

const RELEASED = "the lock of this rollback was released while it ran";
const FIND_OUT =
  "find out who released it, with `abort`, `unlock` or by hand, and whether the rollback is still wanted";

export function takenOver(where: string, { holder }: Lock, since = ""): Problem {
  const message = `${where}: ${holder} has taken over the lock of this rollback while it ran${since}`;
  return { message, remedy: "find out who runs it there, and let one machine alone go on with it" };
}

/**
 * The lock of this very rollback, by a run on another machine: both have one state, and `pulumi cancel` lets the second go
 * on, whether the first is dead or not.
 */
export function isOfOtherMachine(held: Lock | undefined, id: string, { clusterFile }: LockTools): boolean {
  return held?.id === id && namesHolder(held) && !isOwn(held, clusterFile);
}

/** How a step that takes the lock reads what the cluster remembers, oldest first; absent where it takes no lock from another machine. */
type ReadAgain = () => Promise<RestoreRecord[]>;

/**
 * Takes the lock of each host, also from a run of this very rollback on another machine: if that one is alive, it finds
 * before its wipe, or its next step after that, that the lock is not its own any more.
 * @throws StepFailure where that one may be wiping now.
 */
export async function takeOrTakeOver(
  tools: LockTools,
  hosts: ClusterNode[],
  { mine, step = "lock", readRecords }: { mine: Lock; step?: StepId; readRecords: ReadAgain },
): Promise<(HostLock & { taken?: boolean })[]> {
  const asked = await takeLocks(tools, hosts, mine);
  const elsewhere = asked.filter(({ held }) => isOfOtherMachine(held, mine.id, tools));
  const [{ held } = {}] = elsewhere;
  if (!held) return asked;
  const fresh = asked.filter(({ taken }) => taken).map(({ host }) => host);
  const refuse = async () => {
    const alive = aliveElsewhere(await readRecords(), elsewhere);
    if (alive) throw stepFailure(tools, { kind: "locked", step, problems: [heldElsewhere(alive, mine.id)] });
  };
  await refuse().catch(async (error: unknown) => {
    for (const problem of await release(tools, fresh, mine.id)) tools.warn(problem);
    throw error;
  });
  const taking = elsewhere.map(({ host }) => host);
  await releaseLocks(tools, taking, mine.id);
  const over = await takeLocks(tools, taking, mine);
  // It writes its restore down before it asks for its lock the last time: one that has begun since is seen now.
  await refuse().catch(async (error: unknown) => {
    await releaseLocks(tools, [...fresh, ...taking], mine.id);
    await Promise.all(elsewhere.map((one) => takeLocks(tools, [one.host], one.held ?? held)));
    throw error;
  });
  const names = over.filter(({ taken }) => taken).map(({ host }) => host.name);
  if (names.length > 0) {
    const message = `${names.join(", ")}: the lock is taken over from a run of this rollback on another machine, ${held.holder}; should that be alive, it fails before its`;
    if (comesAfterRestore(step)) tools.warn({ message: `${message} next step`, remedy: SEE_RKE });
    else tools.warn({ message: `${message} wipe` });
  }
  return asked.map((one) => over.find(({ host }) => host === one.host) ?? one);
}

const SEE_RKE = "see on that machine that nothing is at work there any more: pgrep -fa 'rke|rancher-rollback'";

/** The last restore, where one who holds a lock has begun it and is not known to have ended it. */
export function aliveElsewhere(records: RestoreRecord[], locks: HostLock[]): RestoreRecord | undefined {
  const last = records.at(-1);
  if (!last || !mayBeAlive(last)) return undefined;
  return locks.some(({ held }) => held && isSameHolder(held, last)) ? last : undefined;
}

/** Whether another rollback, or a run of this one on another machine, is known to hold a host. */
export async function isHeldByAnother({ hosts, id }: StepInput<"unlock">, tools: Tools): Promise<boolean> {
  const locks = await readLocks(tools, hostsOf(tools, hosts));
  return locks.some(({ held }) => held !== undefined && (held.id !== id || isOfOtherMachine(held, id, tools)));
}

/** Who holds each host that answers, by the lock's id, and why the others do not. */
export async function lockHolders(
  { hosts }: StepInput<"unlock">,
  tools: Tools,
): Promise<{ holders: (string | undefined)[]; problems: Problem[] }> {
  const locks = await readLocks(tools, hostsOf(tools, hosts));
  return {
    holders: locks.filter(({ problem }) => !problem).map(({ held }) => held?.id),
    problems: locks.flatMap(({ problem }) => problem ?? []),
  };
}

export function hostsOf({ clusterFile }: Tools, hosts: string[]): ClusterNode[] {
  const nodes = readClusterFile(clusterFile).nodes.filter(({ name }) => hosts.includes(name));
  return nodes.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Takes the lock with this id away where it is. @returns a problem for each host where that is not known to have happened. */
export async function release(tools: Connection, nodes: ClusterNode[], id: string): Promise<Problem[]> {
  const left = (await releaseLocks(tools, nodes, id)).filter(({ problem }) => problem);
  return left.map(({ host: { name } }) => ({
    message: `${name} may still be locked`,
    remedy: `on ${name}: rm ${LOCK_FILE}`,
  }));
}

export function holderText(held: Lock | undefined): string {
  return held ? lockHolderText(held) : "someone who has since released it";
}
