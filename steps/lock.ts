import { randomBytes } from "node:crypto";
import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { finishedRestore, type RestoreRecord } from "../cluster/history/restores.ts";
import { readLocks, releaseLocks } from "../cluster/lock/hosts.ts";
import { isReleasable, LOCK_FILE, type Lock } from "../cluster/lock/lock.ts";
import { type Problem, problemIf, setRemedy } from "../cluster/problem.ts";
import { busy, untilEarlierRkeEnded } from "../cluster/rke/earlierRke.ts";
import { silenceBound } from "../cluster/rke/silence.ts";
import { unfinishedWipe } from "../cluster/rke/unfinishedWipe.ts";
import { type StepFailure, stepFailure } from "../messages/failure.ts";
import { heldElsewhere } from "../messages/repetition.ts";
import type { StepInput, StepReport } from "./contract.ts";
import { readEarlierRestores } from "./earlierRestores.ts";
import {
  aliveElsewhere,
  holderText,
  hostsOf,
  isOfOtherMachine,
  lockOf,
  release,
  takenOver,
  takeOrTakeOver,
} from "./heldLock.ts";
import type { Tools } from "./step.ts";

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

/**
 * Releases this rollback's lock, unless another machine has taken it from this very run. A host that cannot be asked keeps
 * it. The rollback itself is done, so both are warnings.
 */
export async function unlock(
  { hosts, id, taken = [] }: StepInput<"unlock">,
  tools: Tools,
): Promise<StepReport<"unlock">> {
  const held = await readLocks(tools, hostsOf(tools, taken));
  const lost = held.filter((one) => isOfOtherMachine(one.held, id, tools));
  const names = lost.map(({ host }) => host.name);
  const own = hostsOf(tools, hosts).filter(({ name }) => !names.includes(name));
  const left = await release(tools, own, id);
  const [first] = lost;
  if (first?.held) left.push(takenOver(names.join(", "), first.held, ", and keeps it"));
  for (const problem of left) tools.warn(problem);
  if (left.length === 0) tools.say("the cluster is unlocked");
  return { id };
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

const DEAD = "only if that rollback is certainly dead";

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
        held && isReleasable(held)
          ? setRemedy(DEAD, "breakLockOf", held.id)
          : `${DEAD}, on each host with this lock, such as ${name}: rm ${LOCK_FILE}`,
      ),
      ...left,
    ],
  });
}
