import { etcdNodes } from "../../cluster/clusterFile/node.ts";
import { existingNodes } from "../../cluster/clusterFile/replacement.ts";
import { begunElsewhere } from "../../cluster/history/begunElsewhere.ts";
import { readRestores } from "../../cluster/history/hosts.ts";
import { type FoundRestore, foundRestore, unreadableNote } from "../../cluster/history/note.ts";
import { LOCK_FILE } from "../../cluster/lock/lock.ts";
import { distinct, type Problem } from "../../cluster/problem.ts";
import { busy, untilEarlierRkeEnded } from "../../cluster/rke/earlierRke.ts";
import { silenceBound } from "../../cluster/rke/silence.ts";
import { unfinishedWipe } from "../../cluster/rke/unfinishedWipe.ts";
import { aliveProblem, aliveRun } from "../../cluster/stateFolder/runMark.ts";
import { problemLines, unlockCommand, waysOn } from "../../messages/commands.ts";
import { LOCK } from "../../messages/steps.ts";
import { incomplete } from "../../messages/unfinishedWipe.ts";
import type { ClusterSettings } from "../../settings/settings.ts";
import { startStopped, type UnfinishedInPlace, unfinishedInPlace } from "../../steps/restore/inPlace/giveUp.ts";
import { startEtcdLeft } from "../../steps/restore/leftByRke.ts";
import { resumeKubelets } from "../../steps/stopForRestore.ts";
import { type Aborted, answer, say } from "../answers.ts";
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
  return aborted.refused || aborted.stopped || isLeft ? 1 : 0;
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
  const wiped = unfinishedWipe(clusterFile);
  if (wiped) return { ...about, refused: incomplete(wiped, { stack, program: "rancher-rollback" }), hosts: [] };
  const wipedAt = state.wipedBefore(clusterFile);
  // While the lock is still held: no other restore can begin.
  const locked = state.report(LOCK, "lock")?.hosts ?? [];
  const started = await startAgain(settings, { id: lock, locked }, say);
  if ("exchanged" in started) return { ...about, refused: exchangeBegun(started, stack), hosts: [] };
  const { stopped, elsewhere } = started;
  return {
    ...about,
    ...(wipedAt !== undefined && { wipedAt }),
    ...(elsewhere && { mayBeWiped: { at: elsewhere.at, by: elsewhere.by } }),
    ...(stopped.length > 0 && { stopped }),
    hosts: await hostLocks(settings, { locked, release: lock }),
  };
}

/** Also where the note of it is on another machine. */
function exchangeBegun({ at, exchanged }: UnfinishedInPlace, stack: string): Problem {
  return {
    message: `a restore in place began at ${at} and did not finish; it has begun to exchange etcd's data on ${exchanged.join(", ")}, where the old data are kept`,
    remedy: waysOn({ stack, program: "rancher-rollback" }),
  };
}

/**
 * Starts kubelet on the nodes where a restore has stopped it and was killed before it could start it again, and before it what
 * a restore in place, or RKE before its wipe, has stopped. Not while another rollback holds the cluster, which may have stopped them.
 * @returns a problem for each node where that failed; the restore in place that has exchanged data, or
 * the one by RKE that another machine began, where there is one.
 */
async function startAgain(
  settings: ClusterSettings,
  { id, locked }: { id: string; locked: string[] },
  say: (line: string) => void,
): Promise<{ stopped: Problem[]; elsewhere?: FoundRestore | undefined } | UnfinishedInPlace> {
  const hosts = await hostLocks(settings, { locked });
  const known = hosts.filter(({ problem }) => problem === undefined);
  if (known.length === 0 || known.some(({ lock: held }) => held && held.id !== id)) return { stopped: [] };
  const connection = { hostKeys: settings.hostKeys, say };
  const nodes = existingNodes(settings);
  const unfinished = await unfinishedInPlace(connection, etcdNodes({ nodes }));
  if (unfinished && unfinished.exchanged.length > 0) return unfinished;
  const { path } = settings.cluster;
  const { records } = await readRestores(connection, etcdNodes({ nodes }));
  const isFinished = records.at(-1)?.finishedAt !== undefined;
  const elsewhere = begunElsewhere(records, path) ?? (isFinished ? undefined : foundRestore(path));
  const stopped = [
    ...(unfinished
      ? await startStopped(connection, nodes)
      : await startEtcdLeft(connection, path, etcdNodes({ nodes }))),
    ...(await resumeKubelets(connection, nodes)),
  ];
  return { stopped: distinct(stopped), elsewhere };
}

/** The answer as the operator reads it. */
export function abortText({ stack, lock, refused, wipedAt, mayBeWiped, stopped = [], hosts }: Aborted): string[] {
  if (refused) {
    return problemLines([{ ...refused, message: `nothing was released: ${refused.message}` }], { stack });
  }
  if (lock === undefined) {
    return [`stack ${stack} has locked nothing; who holds the cluster: ${unlockCommand({ stack })}`];
  }
  const left = hosts.filter(({ problem, lock: held }) => problem !== undefined || held?.id === lock);
  return [
    ...hosts.flatMap((host) => hostLockLines(host, stack)),
    ...(left.length === 0 ? [] : [`to release what is left: abort again, or on the host: rm ${LOCK_FILE}`]),
    ...problemLines(
      stopped.map((problem) => ({
        ...problem,
        message: `what the restore stopped may still be stopped: ${problem.message}`,
      })),
      { stack },
    ),
    ...(stopped.length === 0
      ? []
      : [
          "to start it by hand, on the node, those that it has, etcd on every etcd host first: docker start etcd kube-apiserver kube-controller-manager kube-scheduler kubelet",
        ]),
    ...(mayBeWiped === undefined
      ? []
      : [
          `WARNING: ${mayBeWiped.by} began a restore of this cluster at ${mayBeWiped.at} that is not known to have finished: it may have wiped the cluster, and an RKE may still be at work there; ${waysOn({ stack, program: "rancher-rollback" })}`,
        ]),
    ...(wipedAt === undefined
      ? []
      : [
          `WARNING: this rollback wiped the cluster at ${wipedAt} and was not verified since; ${waysOn({ stack, program: "rancher-rollback" })}`,
        ]),
  ];
}
