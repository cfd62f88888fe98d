import { etcdNodes } from "../../cluster/clusterFile/node.ts";
import { existingNodes } from "../../cluster/clusterFile/replacement.ts";
import { begunElsewhere, mayBeAliveElsewhere } from "../../cluster/history/begunElsewhere.ts";
import { clusterHistory } from "../../cluster/history/clusterHistory.ts";
import { type FoundRestore, foundRestore, unreadableNote } from "../../cluster/history/note.ts";
import type { RestoreRecord } from "../../cluster/history/restores.ts";
import { LOCK_FILE } from "../../cluster/lock/lock.ts";
import { silently } from "../../cluster/node/connection.ts";
import { distinct, type Problem } from "../../cluster/problem.ts";
import { busy, untilEarlierRkeEnded } from "../../cluster/rke/earlierRke.ts";
import { silenceBound } from "../../cluster/rke/silence.ts";
import { settleFinishedElsewhere, unfinishedWipe } from "../../cluster/rke/unfinishedWipe.ts";
import { isOwn, isSameHolder } from "../../cluster/stateFolder/machine.ts";
import { aliveProblem, aliveRun } from "../../cluster/stateFolder/runMark.ts";
import { problemLines, remedyText, unlockCommand } from "../../messages/commands.ts";
import { StepFailure } from "../../messages/failure.ts";
import { heldElsewhere } from "../../messages/repetition.ts";
import { LOCK } from "../../messages/steps.ts";
import { incomplete, WAYS_ON } from "../../messages/unfinishedWipe.ts";
import type { ClusterSettings } from "../../settings/settings.ts";
import { isOfOtherMachine, lockOf, takeOrTakeOver } from "../../steps/heldLock.ts";
import { startStopped, type UnfinishedInPlace, unfinishedInPlace } from "../../steps/restore/inPlace/giveUp.ts";
import { startEtcdLeft } from "../../steps/restore/leftByRke.ts";
import { resumeKubelets } from "../../steps/stopForRestore.ts";
import { type Aborted, answer, type HeldHost, say } from "../answers.ts";
import { hostLockLines, hostLocks } from "../hostLocks.ts";
import { type StackOptions, stackConfig } from "../options.ts";
import type { StackState } from "../stackState.ts";
import { withWorkspace } from "../workspace.ts";

/**
 * Releases the lock of a rollback that is given up, on every etcd host.
 * @returns 0, or 1 where it is refused, a host may still have the lock, or a node may still have stopped containers.
 */
export async function abort(options: StackOptions): Promise<number> {
  const { settings, state } = await withWorkspace(stackConfig(options.stack, options), async (workspace) => ({
    // Operators who give up may have removed the snapshot from the config already: only the cluster's settings are needed.
    settings: await workspace.clusterSettings(),
    state: await workspace.state(),
  }));
  const aborted = await giveUp(settings, state, { stack: options.stack, say });
  answer(aborted, options, abortText(aborted));
  const isLeft = aborted.hosts.some(({ problem, lock }) => problem !== undefined || lock?.id === aborted.lock);
  return aborted.refused || aborted.stopped || aborted.notStarted || isLeft ? 1 : 0;
}

/** It would take the lock again, or continue without it. */
const WHILE_ALIVE = "wait until it has ended, or stop it with Ctrl-C where it was started; then abort again";

/** What `abort` does, once it has read the stack. `say` prints a line of progress. */
export async function giveUp(
  settings: ClusterSettings,
  state: StackState,
  { stack, say }: { stack: string; say: (line: string) => void },
): Promise<Aborted> {
  const { cluster, rke } = settings;
  const lock = state.lockId;
  const about = { command: "abort", stack, ...(lock !== undefined && { lock }) } as const;
  if (lock === undefined) return { ...about, hosts: [] };
  const clusterFile = cluster.path;
  const alive = aliveRun(clusterFile);
  if (alive) return { ...about, refused: aliveProblem(alive, WHILE_ALIVE), hosts: [] };
  const unreadable = unreadableNote(clusterFile);
  if (unreadable) return { ...about, refused: unreadable, hosts: [] };
  const silenceSeconds = silenceBound(clusterFile, rke.silenceSeconds);
  try {
    await untilEarlierRkeEnded({ clusterFile, silenceSeconds, say });
  } catch (error) {
    return { ...about, refused: busy(error), hosts: [] };
  }
  if (unfinishedWipe(clusterFile)) {
    settleFinishedElsewhere(clusterFile, (await clusterHistory(settings)).records);
  }
  const wiped = unfinishedWipe(clusterFile);
  if (wiped) return { ...about, refused: incomplete(wiped), hosts: [] };
  const wipedAt = state.wipedBefore(clusterFile);
  // While the lock is still held: no other restore can begin.
  const locked = state.report(LOCK, "lock")?.hosts ?? [];
  const started = await startAgain(settings, { id: lock, locked, stack }, say);
  if ("refused" in started) return { ...about, refused: started.refused, hosts: [] };
  const { stopped, elsewhere } = started;
  return {
    ...about,
    ...(wipedAt !== undefined && { wipedAt }),
    ...(elsewhere && { mayBeWiped: { at: elsewhere.at, by: elsewhere.by }, notStarted: notStarted(elsewhere) }),
    ...(stopped.length > 0 && { stopped }),
    hosts: await hostLocks(settings, { locked, release: lock }),
  };
}

/** Also where the note of it is on another machine. */
function exchangeBegun({ at, exchanged }: UnfinishedInPlace): Problem {
  return {
    message: `a restore in place began at ${at} and did not finish; it has begun to exchange etcd's data on ${exchanged.join(", ")}, where the old data are kept`,
    remedy: WAYS_ON,
  };
}

const BY_HAND =
  "on the node, those that it has, etcd on every etcd host first: docker start etcd kube-apiserver kube-controller-manager kube-scheduler kubelet";

function notStarted({ by }: FoundRestore): Problem {
  return {
    message: `what a restore has stopped (kubelet, etcd, the control planes) was started on no node: that of ${by} may have wiped the cluster`,
    remedy: [
      "see on that machine that no RKE is at work",
      ...WAYS_ON,
      `only where RKE's log there, in .rancher-rollback/logs, tells that nothing was wiped, start it by hand, ${BY_HAND}`,
    ],
  };
}

/**
 * Starts kubelet on the nodes where a restore has stopped it and was killed before it could start it again, and before it what
 * a restore in place, or RKE before its wipe, has stopped. Not while another rollback holds the cluster, which may have stopped
 * them, nor while one that another machine began may have wiped.
 * @returns a problem for each node where that failed, and the restore that another machine began, where there is one; or why
 * giving up is refused.
 */
async function startAgain(
  settings: ClusterSettings,
  { id, locked, stack }: { id: string; locked: string[]; stack: string },
  say: (line: string) => void,
): Promise<{ stopped: Problem[]; elsewhere?: FoundRestore | undefined } | { refused: Problem }> {
  const { path } = settings.cluster;
  const connection = { hostKeys: settings.hostKeys, say };
  const hosts = await hostLocks(settings, { locked });
  const known = hosts.filter(({ problem }) => problem === undefined);
  if (known.some(({ lock: held }) => held && held.id !== id)) {
    const alive = mayBeAliveElsewhere((await clusterHistory(settings)).records, path);
    const isHeld = alive && known.some(({ lock: held }) => held?.id === id && isSameHolder(held, alive));
    return isHeld ? { refused: heldElsewhere(alive, id) } : { stopped: [] };
  }
  const alive = await takeOver(settings, { id, stack }, known);
  if (alive) return { refused: alive };
  if (known.length === 0) return { stopped: [] };
  const { records, unread, isRead } = await clusterHistory(settings);
  if (!isRead) return { stopped: distinct(unread) };
  const nodes = existingNodes(settings);
  const etcdHosts = etcdNodes({ nodes });
  const unfinished = await unfinishedInPlace(connection, etcdHosts);
  if (unfinished && unfinished.exchanged.length > 0) return { refused: exchangeBegun(unfinished) };
  const elsewhere = begunOnOther(records, path, unfinished);
  if (elsewhere) return { stopped: [], elsewhere };
  const stopped = [
    ...(unfinished ? await startStopped(connection, nodes) : await startEtcdLeft(connection, path, etcdHosts)),
    ...(await resumeKubelets(connection, nodes)),
  ];
  return { stopped: distinct(stopped) };
}

/**
 * Takes the lock over from another machine: a restore that begins there from now on ends before its wipe.
 * @returns why not: one that has begun there may be alive.
 */
async function takeOver(
  settings: ClusterSettings,
  { id, stack }: { id: string; stack: string },
  known: HeldHost[],
): Promise<Problem | undefined> {
  const clusterFile = settings.cluster.path;
  // The lock is released in a moment, and what then happens on the other machine is no news of giving up.
  const tools = { ...silently(settings.hostKeys), warn: () => {}, clusterFile, stack };
  const elsewhere = known.filter(({ lock }) => isOfOtherMachine(lock, id, tools));
  const snapshot = elsewhere[0]?.lock?.snapshot;
  if (snapshot === undefined) return undefined;
  const hosts = etcdNodes(settings.cluster).filter(({ name }) => elsewhere.some(({ node }) => node === name));
  const readAgain = async () => (await clusterHistory(settings)).records;
  try {
    await takeOrTakeOver(tools, hosts, { mine: lockOf(id, snapshot, tools), readRecords: readAgain });
    return undefined;
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    const {
      happened,
      remedies: [remedy = WHILE_ALIVE],
    } = error.failure;
    return { message: happened.join("; "), remedy };
  }
}

/** The restore that another machine began and that is not known to have left the old data, or to have finished. */
function begunOnOther(
  records: RestoreRecord[],
  clusterFile: string,
  inPlace: UnfinishedInPlace | undefined,
): FoundRestore | undefined {
  const last = records.at(-1);
  const found = begunElsewhere(records, clusterFile);
  if (found || last?.finishedAt !== undefined) return found;
  // Of one that began here, the note beside the cluster file tells whether it has exchanged anything.
  const isUnsure = last && inPlace && inPlace.unread.length > 0 && !isOwn(last, clusterFile);
  return isUnsure ? { at: last.startedAt, by: last.holder } : foundRestore(clusterFile);
}

export function abortText(aborted: Aborted): string[] {
  const { stack, lock, refused, wipedAt, mayBeWiped, notStarted, stopped = [], hosts } = aborted;
  if (refused) {
    return problemLines([{ ...refused, message: `nothing was released: ${refused.message}` }], { stack });
  }
  if (lock === undefined) {
    return [`stack ${stack} has locked nothing; who holds the cluster: ${unlockCommand({ stack })}`];
  }
  const left = hosts.filter(({ problem, lock: held }) => problem !== undefined || held?.id === lock);
  const lines = hosts.flatMap((host) => hostLockLines(host, stack));
  if (left.length > 0) lines.push(`to release what is left: abort again, or on the host: rm ${LOCK_FILE}`);
  for (const { message, remedy } of stopped) {
    const whole = { message: `what the restore stopped may still be stopped: ${message}`, remedy };
    lines.push(...problemLines([whole], { stack }));
  }
  if (stopped.length > 0) lines.push(`to start it by hand, ${BY_HAND}`);
  if (mayBeWiped) {
    lines.push(
      `WARNING: ${mayBeWiped.by} began a restore of this cluster at ${mayBeWiped.at} that is not known to have finished: it may have wiped the cluster, and an RKE may still be at work there`,
    );
  }
  if (notStarted) lines.push(...problemLines([notStarted], { stack }));
  if (wipedAt !== undefined) {
    lines.push(
      `WARNING: this rollback wiped the cluster at ${wipedAt} and was not verified since; ${remedyText(WAYS_ON, { stack })}`,
    );
  }
  return lines;
}
