import { randomBytes } from "node:crypto";
import { type ClusterNode, readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { finishedRestore, mayBeAlive, type RestoreRecord } from "../cluster/history/restores.ts";
import { type HostLock, readLocks, releaseLocks, takeLocks } from "../cluster/lock/hosts.ts";
import { LOCK_FILE, type Lock } from "../cluster/lock/lock.ts";
import { type Problem, problemIf, setRemedy } from "../cluster/problem.ts";
import { busy, untilEarlierRkeEnded } from "../cluster/rke/earlierRke.ts";
import { silenceBound } from "../cluster/rke/silence.ts";
import { unfinishedWipe } from "../cluster/rke/unfinishedWipe.ts";
import { isOwn, isSameHolder, thisHolder } from "../cluster/stateFolder/machine.ts";
import { type StepFailure, stepFailure } from "../messages/failure.ts";
import { lockHolderText } from "../messages/lockHolder.ts";
import { heldElsewhere } from "../messages/repetition.ts";
import type { StepInput, StepReport } from "./contract.ts";
import { readEarlierRestores } from "./earlierRestores.ts";
import type { Tools } from "./step.ts";

function lockOf(id: string, snapshot: string, { stack, clusterFile }: Tools): Lock {
  return { id, ...thisHolder(clusterFile), stack, snapshot, since: new Date().toISOString() };
}

/** A holder's id. It is a step of its own so that it is in the state before anything is locked by it. */
export async function lockId(): Promise<StepReport<"lock-id">> {
  return { id: randomBytes(4).toString("hex") };
}

/**
 * Takes the lock on every etcd host, or on none (design law 6), once an RKE that a killed run has left is done. Where
 * the restore that is asked for was done before, nothing will be restored: a lock of this stack is released instead.
 */
export async function lock(input: StepInput<"lock">, tools: Tools): Promise<StepReport<"lock">> {
  const { hosts, id, breakLockOf, snapshot } = input;
  const { clusterFile, say } = tools;
  const nodes = hostsOf(tools, hosts);
  const silenceSeconds = silenceBound(clusterFile, input.silenceSeconds);
  await untilEarlierRkeEnded({ clusterFile, silenceSeconds, say }).catch((error: unknown) => {
    throw stepFailure(tools, { kind: "busy", step: "lock", problems: [busy(error)] });
  });
  // All unreachable hosts are named at once, before any host is locked.
  const unreachable = (problems: Problem[]) => stepFailure(tools, { kind: "unreachable", step: "lock", problems });
  const readRecords = async () => (await readEarlierRestores(nodes, tools, unreachable)).records;
  const records = await readRecords();
  const restored = finishedRestore(records, input);
  if (breakLockOf) await breakLock(tools, nodes, breakLockOf);
  if (restored && !unfinishedWipe(clusterFile)) {
    await refuseOthers(tools, nodes, id, records);
    const left = await release(tools, nodes, id);
    for (const problem of left) tools.warn(problem);
    say(`snapshot ${snapshot} was restored at ${restored.finishedAt}: nothing is locked`);
    return { id, hosts: [], restored };
  }
  const mine = lockOf(id, snapshot, tools);
  const taken: ClusterNode[] = [];
  // The first alone, the same for everyone: of two that come at once, one is refused there. Then the others side by side.
  for (const together of [nodes.slice(0, 1), nodes.slice(1)]) {
    const asked = await takeOrTakeOver(tools, together, { mine, readRecords }).catch(async (error: unknown) => {
      await release(tools, taken, id);
      throw error;
    });
    // A host that locks and then cannot answer is locked: it is released with the others.
    taken.push(...asked.filter((one) => one.taken || one.problem).map(({ host }) => host));
    const other = asked.find((one) => !one.taken && !one.problem && one.held?.id !== id);
    const problems = asked.flatMap(({ problem }) => problem ?? []);
    if (!other && problems.length === 0) continue;
    const left = await release(tools, taken, id);
    if (other) throw refused(tools, other.host, other.held, left);
    throw unreachable([...problems, ...left]);
  }
  if (nodes.length === 0) say("every etcd host is replaced: the restore locks the new ones");
  else say(`${nodes.map(({ name }) => name).join(", ")}: locked by this stack, ${id}`);
  return { id, hosts: nodes.map(({ name }) => name) };
}

/** Releases this rollback's lock. A host that cannot be asked keeps it: the rollback itself is done, so that is a warning. */
export async function unlock({ hosts, id }: StepInput<"unlock">, tools: Tools): Promise<StepReport<"unlock">> {
  const left = await release(tools, hostsOf(tools, hosts), id);
  for (const problem of left) tools.warn(problem);
  if (left.length === 0) tools.say("the cluster is unlocked");
  return { id };
}

/**
 * Whether every host has the lock; the restore asks when it starts and right before it wipes. Where a host is not locked,
 * as after an `abort` and on hosts that have only just come, it is taken; but not on those that had it in this very run.
 * @throws StepFailure naming who holds it instead.
 */
export async function ensureLock(
  { hosts, id, taken: had }: StepInput<"restore">["lock"],
  { snapshot, readRecords = async () => [] }: { snapshot: string; readRecords?: ReadAgain },
  tools: Tools,
): Promise<void> {
  const nodes = hostsOf(tools, hosts);
  const hadIt = ({ name }: ClusterNode) => had.includes(name);
  const [kept, asked] = await Promise.all([
    readLocks(tools, nodes.filter(hadIt)),
    takeOrTakeOver(
      tools,
      nodes.filter((node) => !hadIt(node)),
      { mine: lockOf(id, snapshot, tools), readRecords },
    ),
  ]);
  const fresh = asked.filter(({ taken }) => taken).map(({ host }) => host);
  const problems = [...kept, ...asked.filter(({ taken }) => !taken)].flatMap(({ host, held, problem }): Problem[] => {
    if (problem) return [problem];
    if (held && isOfOtherMachine(held, id, tools)) {
      const message = `${host.name}: ${held.holder} has taken over the lock of this rollback while it ran`;
      return [{ message, remedy: "find out who runs it there, and let one machine alone go on with it" }];
    }
    if (held?.id === id) return [];
    if (!held && hadIt(host)) return [{ message: `${host.name}: ${RELEASED}`, remedy: FIND_OUT }];
    const message = `${host.name}: the lock is held by ${holderText(held)}`;
    return [{ message, remedy: "wait until that rollback has ended" }];
  });
  if (problems.length > 0) {
    await release(tools, fresh, id);
    throw stepFailure(tools, { kind: "locked", step: "lock", problems });
  }
  if (fresh.length > 0) tools.say(`${fresh.map(({ name }) => name).join(", ")}: locked again by this stack, ${id}`);
}

const RELEASED = "the lock of this rollback was released while it ran";
const FIND_OUT =
  "find out who released it, with `abort`, `unlock` or by hand, and whether the rollback is still wanted";

/**
 * The lock of this very rollback, by a run on another machine: both have one state, and `pulumi cancel` lets the second go
 * on, whether the first is dead or not.
 */
function isOfOtherMachine(held: Lock | undefined, id: string, { clusterFile }: Tools): boolean {
  // Where the lock cannot be read, its holder is unknown.
  return held?.id === id && held.holder.includes("@") && !isOwn(held, clusterFile);
}

/** How a step that takes the lock reads what the cluster remembers, oldest first; absent where it takes no lock from another machine. */
type ReadAgain = () => Promise<RestoreRecord[]>;

/**
 * Takes the lock of each host, also from a run of this very rollback on another machine: if that one is alive, it finds
 * before its wipe that the lock is not its own any more.
 * @throws StepFailure where that one may be wiping now.
 */
async function takeOrTakeOver(
  tools: Tools,
  hosts: ClusterNode[],
  { mine, readRecords }: { mine: Lock; readRecords: ReadAgain },
): Promise<(HostLock & { taken?: boolean })[]> {
  const asked = await takeLocks(tools, hosts, mine);
  const elsewhere = asked.filter(({ held }) => isOfOtherMachine(held, mine.id, tools));
  const [{ held } = {}] = elsewhere;
  if (!held) return asked;
  const fresh = asked.filter(({ taken }) => taken).map(({ host }) => host);
  const refuse = async () => {
    const alive = aliveElsewhere(await readRecords(), elsewhere);
    if (alive) throw stepFailure(tools, { kind: "locked", step: "lock", problems: [heldElsewhere(alive, mine.id)] });
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
    tools.warn({
      message: `${names.join(", ")}: the lock is taken over from a run of this rollback on another machine, ${held.holder}; should that be alive, it fails before its wipe`,
    });
  }
  return asked.map((one) => over.find(({ host }) => host === one.host) ?? one);
}

/** The last restore, where one who holds a lock has begun it and is not known to have ended it. */
function aliveElsewhere(records: RestoreRecord[], locks: HostLock[]): RestoreRecord | undefined {
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

/** @throws StepFailure while another rollback of this cluster is under way. */
async function refuseOthers(tools: Tools, nodes: ClusterNode[], id: string, records: RestoreRecord[]): Promise<void> {
  const locks = answered(tools, await readLocks(tools, nodes));
  const alive = aliveElsewhere(
    records,
    locks.filter(({ held }) => isOfOtherMachine(held, id, tools)),
  );
  if (alive) throw stepFailure(tools, { kind: "locked", step: "lock", problems: [heldElsewhere(alive, id)] });
  for (const { host, held } of locks) {
    if (held && held.id !== id) throw refused(tools, host, held, []);
  }
}

function hostsOf({ clusterFile }: Tools, hosts: string[]): ClusterNode[] {
  const nodes = readClusterFile(clusterFile).nodes.filter(({ name }) => hosts.includes(name));
  return nodes.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Takes the lock with this id away where it is. @returns a problem for each host where that is not known to have happened. */
async function release(tools: Tools, nodes: ClusterNode[], id: string): Promise<Problem[]> {
  const left = (await releaseLocks(tools, nodes, id)).filter(({ problem }) => problem);
  return left.map(({ host: { name } }) => ({
    message: `${name} may still be locked`,
    remedy: `on ${name}: rm ${LOCK_FILE}`,
  }));
}

async function breakLock(tools: Tools, nodes: ClusterNode[], id: string): Promise<void> {
  for (const { host, released } of answered(tools, await releaseLocks(tools, nodes, id))) {
    if (released) tools.warn({ message: `${host.name}: the lock ${id} was released, as breakLockOf asks` });
  }
}

/** The answers of all hosts. @throws StepFailure naming each that cannot be asked. */
function answered<H extends { problem?: Problem }>(tools: Tools, hosts: H[]): H[] {
  const problems = hosts.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) throw stepFailure(tools, { kind: "unreachable", step: "lock", problems });
  return hosts;
}

function refused(tools: Tools, { name }: ClusterNode, held: Lock | undefined, left: Problem[]): StepFailure {
  const wait = "wait until that rollback has ended, or finish it where it was started";
  return stepFailure(tools, {
    kind: "locked",
    step: "lock",
    problems: [
      { message: `${name}: this cluster is being rolled back by ${holderText(held)}`, remedy: wait },
      ...problemIf(
        held !== undefined,
        "a second rollback of the same cluster at the same time would destroy it",
        setRemedy("only if that rollback is certainly dead", "breakLockOf", held?.id ?? ""),
      ),
      ...left,
    ],
  });
}

function holderText(held: Lock | undefined): string {
  return held ? lockHolderText(held) : "someone who has since released it";
}
