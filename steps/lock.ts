import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { type ClusterNode, readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { readRestores } from "../cluster/history/hosts.ts";
import { finishedRestore } from "../cluster/history/restores.ts";
import { noteBegunElsewhere } from "../cluster/history/unfinished.ts";
import {
  HOLDER_SCRIPT,
  LOCK_FILE,
  type Lock,
  lockScript,
  parseLock,
  parseRelease,
  unlockScript,
} from "../cluster/lock/lock.ts";
import { ask, askAll, unreachable } from "../cluster/node/connection.ts";
import { type Problem, problemIf, setRemedy } from "../cluster/problem.ts";
import { busy, untilEarlierRkeEnded } from "../cluster/rke/earlierRke.ts";
import { silenceBound } from "../cluster/rke/silence.ts";
import { unfinishedWipe } from "../cluster/stateFolder/unfinishedRestore.ts";
import { type Failure, problemFailure, type StepFailure } from "../messages/failure.ts";
import { nothingWiped } from "../messages/pointOfNoReturn.ts";
import { lockHolderText } from "../messages/lockHolder.ts";
import type { StepInput, StepReport } from "./contract.ts";
import type { Tools } from "./step.ts";

const SECONDS = 30;

/** The operator and the machine, as locks and records name them. */
export const holderName = () => `${userInfo().username}@${hostname()}`;

function lockOf(id: string, snapshot: string, { stack }: Tools): Lock {
  return { id, holder: holderName(), stack, snapshot, since: new Date().toISOString() };
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
    throw failure(tools, "busy", [busy(error)]);
  });
  const restored = finishedRestore(await restoresOf(tools, nodes), input);
  if (breakLockOf) await breakLock(tools, nodes, breakLockOf);
  if (restored && !unfinishedWipe(clusterFile)) {
    await refuseOthers(tools, nodes, id);
    const left = await release(tools, nodes, id);
    for (const problem of left) tools.warn(problem);
    say(`snapshot ${snapshot} was restored at ${restored.finishedAt}: nothing is locked`);
    return { id, hosts: [], restored };
  }
  const mine = lockOf(id, snapshot, tools);
  const taken: ClusterNode[] = [];
  // The first alone, the same for everyone: of two that come at once, one is refused there. Then the others side by side.
  for (const together of [nodes.slice(0, 1), nodes.slice(1)]) {
    const { answers, problems, failed } = await askAll(tools, together, lockScript(mine), SECONDS);
    const asked = answers.map(({ host, printed }) => ({ host, ...parseLock(printed) }));
    taken.push(...asked.filter((one) => one.taken).map(({ host }) => host));
    const other = asked.find((one) => !one.taken && one.held?.id !== id);
    if (!other && problems.length === 0) continue;
    // A host that locks and then cannot answer is locked: it is released with the others.
    const left = await release(tools, [...taken, ...failed], id);
    if (other) throw refused(tools, other.host, other.held, left);
    throw failure(tools, "unreachable", [...problems, ...left]);
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
 * Whether every host carries the lock; the restore asks when it starts and right before it wipes. Where nobody holds it,
 * as after an `abort` and on hosts that have only just come, it is taken; but not on those that had it in this very run.
 * @throws StepFailure naming who holds it instead.
 */
export async function ensureLock(
  { hosts, id, taken: had }: StepInput<"restore">["lock"],
  snapshot: string,
  tools: Tools,
): Promise<void> {
  const take = lockScript(lockOf(id, snapshot, tools));
  const fresh: ClusterNode[] = [];
  const problems = await Promise.all(
    hostsOf(tools, hosts).map(async (node): Promise<Problem[]> => {
      const hadIt = had.includes(node.name);
      const printed = await ask(tools, node, hadIt ? HOLDER_SCRIPT : take, SECONDS).catch(unreachable);
      if (typeof printed !== "string") return [printed];
      const { taken, held } = parseLock(printed);
      if (taken) fresh.push(node);
      if (taken || held?.id === id) return [];
      if (hadIt && !held) return [{ message: `${node.name}: ${RELEASED}`, remedy: FIND_OUT }];
      const message = `${node.name}: the lock is held by ${holderText(held)}`;
      return [{ message, remedy: "wait until that rollback has ended" }];
    }),
  );
  if (problems.flat().length > 0) {
    await release(tools, fresh, id);
    throw failure(tools, "locked", problems.flat());
  }
  if (fresh.length > 0) tools.say(`${fresh.map(({ name }) => name).join(", ")}: locked again by this stack, ${id}`);
}

const RELEASED = "the lock of this rollback was released while it ran";
const FIND_OUT =
  "find out who released it, with `abort`, `unlock` or by hand, and whether the rollback is still wanted";

/** Whether another rollback is known to hold a host. */
export async function isHeldByAnother(lock: StepInput<"unlock">, tools: Tools): Promise<boolean> {
  const { holders } = await lockHolders(lock, tools);
  return holders.some((holder) => holder !== undefined && holder !== lock.id);
}

/** Who holds each host that answers, by the lock's id, and why the others do not. */
export async function lockHolders(
  { hosts }: StepInput<"unlock">,
  tools: Tools,
): Promise<{ holders: (string | undefined)[]; problems: Problem[] }> {
  const { answers, problems } = await askAll(tools, hostsOf(tools, hosts), HOLDER_SCRIPT, SECONDS);
  return { holders: answers.map(({ printed }) => parseLock(printed).held?.id), problems };
}

/** @throws StepFailure while another rollback of this cluster is under way. */
async function refuseOthers(tools: Tools, nodes: ClusterNode[], id: string): Promise<void> {
  for (const { host, printed } of await onAll(tools, nodes, HOLDER_SCRIPT)) {
    const { held } = parseLock(printed);
    if (held && held.id !== id) throw refused(tools, host, held, []);
  }
}

async function restoresOf(tools: Tools, nodes: ClusterNode[]) {
  const { records, problems } = await readRestores(tools, nodes);
  noteBegunElsewhere(tools.clusterFile, records, holderName());
  // All unreachable hosts are named at once, before any host is locked.
  if (problems.length > 0) throw failure(tools, "unreachable", problems);
  return records;
}

function hostsOf({ clusterFile }: Tools, hosts: string[]): ClusterNode[] {
  const nodes = readClusterFile(clusterFile).nodes.filter(({ name }) => hosts.includes(name));
  return nodes.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Takes the lock with this id away where it is. @returns a problem for each host where that is not known to have happened. */
async function release(tools: Tools, nodes: ClusterNode[], id: string): Promise<Problem[]> {
  const released = await Promise.allSettled(nodes.map((node) => ask(tools, node, unlockScript(id), SECONDS)));
  return released.flatMap((one, at) => {
    const { name } = nodes[at] as ClusterNode;
    return one.status === "fulfilled"
      ? []
      : [{ message: `${name} may still be locked`, remedy: `on ${name}: rm ${LOCK_FILE}` }];
  });
}

async function breakLock(tools: Tools, nodes: ClusterNode[], id: string): Promise<void> {
  for (const { host, printed } of await onAll(tools, nodes, unlockScript(id))) {
    if (parseRelease(printed)) tools.warn({ message: `${host.name}: the lock ${id} was broken, as breakLockOf says` });
  }
}

/** What every host prints. @throws StepFailure naming each that cannot be asked. */
async function onAll(tools: Tools, nodes: ClusterNode[], script: string) {
  const { answers, problems } = await askAll(tools, nodes, script, SECONDS);
  if (problems.length > 0) throw failure(tools, "unreachable", problems);
  return answers;
}

function refused(tools: Tools, { name }: ClusterNode, held: Lock | undefined, left: Problem[]): StepFailure {
  const wait = "wait until that rollback has ended, or finish it where it was started";
  return failure(tools, "locked", [
    { message: `${name}: this cluster is being rolled back by ${holderText(held)}`, remedy: wait },
    ...problemIf(
      held !== undefined,
      "a second rollback of the same cluster at the same time would destroy it",
      setRemedy("only if that rollback is certainly dead", "breakLockOf", held?.id ?? ""),
    ),
    ...left,
  ]);
}

function holderText(held: Lock | undefined): string {
  return held ? lockHolderText(held) : "someone who has since released it";
}

function failure({ clusterFile }: Tools, kind: Failure["kind"], problems: Problem[]): StepFailure {
  const about = {
    kind,
    step: "The lock on the cluster",
    done: "nothing",
    notDone: "the etcd restore and everything after it",
  };
  return problemFailure(about, problems, nothingWiped(clusterFile));
}
