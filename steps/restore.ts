import { readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { etcdNodes } from "../cluster/clusterFile/node.ts";
import { writeRestore } from "../cluster/history/hosts.ts";
import { firstBegun, isSame, nextNumber, type RestoreRecord } from "../cluster/history/restores.ts";
import type { Decision } from "../cluster/inPlace/decision.ts";
import { endedConsent } from "../cluster/inPlace/endedConsent.ts";
import type { HostReading } from "../cluster/inPlace/facts.ts";
import { askAll } from "../cluster/node/connection.ts";
import { DOCKER_ANSWERS_SCRIPT } from "../cluster/node/dockerAnswers.ts";
import { problemOf } from "../cluster/problem.ts";
import type { ClusterFolderLock } from "../cluster/rke/folderLock.ts";
import { restoreCall } from "../cluster/rke/restore.ts";
import { finishedUnseen, restoreEnded } from "../cluster/rke/unfinishedWipe.ts";
import { copyBeforeUnfinishedWipe, copyOf } from "../cluster/safetyCopy/earlierCopy.ts";
import type { SafetyCopyReport } from "../cluster/safetyCopy/report.ts";
import { thisHolder } from "../cluster/stateFolder/machine.ts";
import { noRoomForState } from "../cluster/stateFolder/room.ts";
import { StepFailure } from "../messages/failure.ts";
import { consentEnded, repetition } from "../messages/repetition.ts";
import { impossibleInPlace, impossibleNow } from "../messages/restoreReasons.ts";
import { aloneInFolder } from "./clusterFolder.ts";
import type { StepInput, StepReport } from "./contract.ts";
import { ensureLock, isHeldByAnother } from "./heldLock.ts";
import { preflight } from "./preflight.ts";
import { finishedBefore, reportOfFinished } from "./restore/finishedBefore.ts";
import { decide } from "./restore/inPlace/decide.ts";
import { restoreInPlace } from "./restore/inPlace/restoreInPlace.ts";
import { settleEarlier } from "./restore/inPlace/settleEarlier.ts";
import { removeLeftHelpers } from "./restore/leftByRke.ts";
import { type ReadRecords, readRecords, rememberFailed, rememberResumed, setBroughtAside } from "./restore/records.ts";
import { refuseAlive } from "./restore/refuseAlive.ts";
import { rejoinNodes } from "./restore/rejoin.ts";
import { type Asked, aboutOf, failure, type Restoring } from "./restore/restoreFailure.ts";
import { removeRkeCopies } from "./restore/rkeCopies.ts";
import { refuseWithoutRoom } from "./restore/roomForRke.ts";
import { whileStopped } from "./restore/whileStopped.ts";
import { runOrFail, usableVersion } from "./runRke.ts";
import { earlierWayBack, safetyCopy } from "./safetyCopy.ts";
import type { Tools } from "./step.ts";

type RestoreInput = StepInput<"restore">;

/** Proof and safety copy are made right before the wipe (design laws 3 and 4): older ones are made again. */
const FRESH_MS = 2 * 60_000;

/**
 * The runbook's `rke etcd snapshot-restore`: the step that wipes. It never does the same restore twice: every etcd host
 * remembers what was restored on it (design law 1). An engine that is killed leaves its step at work: the next run's is
 * refused until that one has ended (design law 6).
 */
export async function restore(input: RestoreInput, tools: Tools): Promise<StepReport<"restore">> {
  const version = usableVersion(input.rke, aboutOf(input), tools);
  const { nodes } = readClusterFile(tools.clusterFile);
  const restoring = { nodes, etcdHosts: etcdNodes({ nodes }), version, input, tools };
  const reading = readRecords(restoring);
  // What the hosts remember belongs into every failure; a node that cannot be reached is named with all the others.
  await reading.catch(() => {});
  await Promise.all([reachEveryNode(restoring), refuseAlive(restoring)]);
  await refuseRepetition(await reading, restoring);
  const readAgain = async () => (await readRecords(restoring)).records;
  await ensureLock(input.lock, { snapshot: input.snapshot, readRecords: readAgain }, tools);
  const { snapshot, silenceSeconds } = input;
  return await aloneInFolder(
    { command: `etcd restore of snapshot ${snapshot}`, step: "restore", snapshot, silenceSeconds },
    tools,
    async (folder) => {
      const done = await restoreAlone(restoring, folder).catch(async (error: unknown) => {
        const isOver = error instanceof StepFailure && error.failure.kind !== "busy";
        if (isOver && !(await isHeldByAnother(input.lock, tools))) await rememberFailed(restoring);
        throw error;
      });
      return { rke: version.text, ...done };
    },
  );
}

async function restoreAlone(
  restoring: Restoring,
  folder: ClusterFolderLock,
): Promise<Omit<StepReport<"restore">, "rke">> {
  const { nodes, etcdHosts, version, input, tools } = restoring;
  // What was read before may be minutes old by now.
  const read = await readRecords(restoring);
  const { records, brought } = read;
  const finished = await refuseRepetition(read, restoring);
  const adopted = await adopt(records, restoring);
  if (adopted) return adopted;
  if (finished) return reportOfFinished(finished, tools);
  refuseEndedConsent(records, [], restoring);
  const settled = await settle(records, restoring);
  if (settled) return settled;
  await removeLeftHelpers(records, restoring);
  await removeRkeCopies(records, restoring);
  const proven = await proveAgain(restoring);
  const saved = await saveAgain(restoring);
  const wayBack = saved ?? copyBeforeUnfinishedWipe(tools.clusterFile);
  // RKE's logs and its state must have room to the end: without it the wipe would be half of a restore.
  const noRoom = noRoomForState(tools.clusterFile);
  if (noRoom) throw failure("system", [noRoom], restoring);

  // One in place that comes here has left nothing.
  const begunBefore = records.find((one) => isSame(one, input) && one.inPlace === undefined);
  const record: RestoreRecord = {
    snapshot: input.snapshot,
    run: input.run,
    number: nextNumber(records),
    startedAt: new Date().toISOString(),
    ...(begunBefore && { firstStartedAt: firstBegun(begunBefore) }),
    stack: tools.stack,
    ...thisHolder(tools.clusterFile),
    ...(proven && { content: proven }),
    ...(wayBack && { safetyCopy: { name: wayBack.name, rancherImage: wayBack.rancherImage } }),
    nodes: [...nodes.map(({ address }) => address), ...input.replaced],
  };
  const safe = { ...(saved && { safetyCopy: saved }) };
  const { readings, decision } = await decide(records, restoring);
  if (decision.impossible) throw failure("refused", [impossibleInPlace(decision.impossible)], restoring);
  if (isUnexpectedWipe(input, decision)) throw failure("refused", [impossibleNow(decision.reasons)], restoring);
  if (decision.way !== "rke") {
    const done = await restoreInPlace({ ...restoring, readings, decision }, record);
    await finish(done.record, restoring);
    return { warnings: 0, adopted: false, ...done.report, ...safe };
  }
  await refuseWithoutRoom(restoring);
  // Before anything of this run is on the nodes: another machine may have taken the rollback over since.
  await checkLock(restoring);
  await setBroughtAside(brought, restoring);
  const unwritten = await writeRestore(tools, etcdHosts, record);
  if (unwritten.length > 0) throw failure("unreachable", unwritten, restoring);
  const { rke, snapshot, silenceSeconds } = input;
  const call = restoreCall({ rke, version, snapshot, clusterFile: tools.clusterFile });
  const run = await whileStopped(restoring, async () => {
    await checkLock(restoring);
    const copy = wayBack && { copy: wayBack.name };
    return await runOrFail({ ...call, ...copy, silenceSeconds, folder }, tools, aboutOf(input));
  });
  await rejoinNodes(nodes, tools);
  await finish(record, restoring);
  return {
    way: "rke",
    reasons: decision.reasons,
    warnings: run.warnings,
    log: run.log,
    adopted: false,
    built: run.built,
    ...(run.wipedAt && { wipedAt: run.wipedAt }),
    ...safe,
  };
}

/** Every host still has the lock that this run has taken. @throws StepFailure */
async function checkLock({ input, tools }: Asked): Promise<void> {
  await ensureLock({ ...input.lock, taken: input.lock.hosts }, input, tools);
}

/** Whether RKE would wipe a cluster whose operator was told that its data would be kept. */
function isUnexpectedWipe({ expectedWay = "rke" }: RestoreInput, { way }: Decision): boolean {
  return way === "rke" && expectedWay !== "rke";
}

/** Finishes a restore in place that an earlier run has begun, or takes away what it left. @returns undefined where there is none to finish. */
async function settle(records: RestoreRecord[], restoring: Restoring) {
  const begun = records.at(-1);
  if (!begun?.inPlace || begun.finishedAt !== undefined) return undefined;
  const { readings, decision } = await decide(records, restoring);
  refuseEndedConsent(records, readings, restoring);
  await checkLock(restoring);
  const resumed = await rememberResumed(begun, restoring);
  await checkLock(restoring);
  const report = await settleEarlier({ ...restoring, readings, decision }, resumed);
  if (!report) return undefined;
  await finish(resumed, restoring);
  return { warnings: 0, adopted: true, ...report, ...copyOf(restoring.tools.clusterFile, resumed) };
}

/**
 * The restarts after the restore need every node over SSH. To learn before the wipe that one is not reachable costs a
 * second; afterwards it costs the night.
 */
async function reachEveryNode(restoring: Restoring): Promise<void> {
  const { nodes, tools } = restoring;
  tools.say(`checking that Docker answers on all ${nodes.length} nodes`);
  const { problems } = await askAll(tools, nodes, DOCKER_ANSWERS_SCRIPT, 30);
  if (problems.length > 0) throw failure("unreachable", problems, restoring);
}

/**
 * A lost state, a fresh checkout, another backend or `--replace` ask again for what was done.
 * @returns the record of one that this very rollback has done, as its run was cut off. @throws StepFailure
 */
async function refuseRepetition({ records, unsure }: ReadRecords, asked: Asked): Promise<RestoreRecord | undefined> {
  const before = await finishedBefore(records, asked);
  if (before && !before.isOwn) {
    const isUnsure = unsure.includes(before.record);
    throw failure("refused", [repetition(before.record, { isUnsure })], asked);
  }
  return before?.record;
}

/** @param hosts once they are read; before that, a restore in place is not judged. @throws StepFailure */
function refuseEndedConsent(records: RestoreRecord[], hosts: HostReading[], asked: Asked): void {
  const begun = endedConsent(records, asked.input, hosts, Date.now());
  if (begun) throw failure("refused", [consentEnded(begun)], asked);
}

/**
 * This very restore, where an earlier run was killed and the RKE that it left has finished it: it is not done twice.
 * @returns undefined where there is none.
 */
async function adopt(records: RestoreRecord[], restoring: Restoring) {
  const { nodes, input, tools } = restoring;
  const { clusterFile, say } = tools;
  const found = finishedUnseen(clusterFile, records, input);
  if (!found) return undefined;
  const { begun, unseen } = found;
  const saved = copyOf(clusterFile, begun);
  await rejoinNodes(nodes, tools);
  await finish(begun, restoring);
  say(`an earlier run was killed, and its RKE finished this restore: it is not repeated. Its log: ${unseen.log}`);
  const { since: _, ...report } = unseen;
  tools.tell({ event: "rke-log", path: unseen.log });
  return { way: "rke" as const, reasons: [], ...report, adopted: true, ...saved };
}

/** The restore is done: from now on it is never done again. */
async function finish(record: RestoreRecord, { etcdHosts, tools }: Restoring): Promise<void> {
  const finished = { ...record, finishedAt: new Date().toISOString() };
  for (const problem of await writeRestore(tools, etcdHosts, finished)) {
    tools.warn(problemOf("this restore is not recorded on a host", problem));
  }
  // In this order: a run that is killed in between is adopted by the next one, and nothing is wiped again.
  restoreEnded(tools.clusterFile, { done: true });
}

/** @returns the sha256 of the snapshot's content. @throws StepFailure when it is not any more what was proven. */
async function proveAgain({ input, tools }: Asked): Promise<string | undefined> {
  const { proven, expectedWay = "rke" } = input;
  const [before] = proven.nodes;
  // In place, etcd proves what it restores, while the cluster runs, and by its content that it is what was proven.
  if (isRecent(proven) || expectedWay !== "rke") return before?.sha256;
  tools.say(`the pre-flight checks are from ${proven.finishedAt}: checking again`);
  const now = await preflight(input.preflight, tools);
  const changed = now.nodes.filter(({ node, sha256 }) =>
    proven.nodes.some((other) => other.node === node && other.sha256 !== sha256),
  );
  if (changed.length === 0) return now.nodes[0]?.sha256;
  const message = `the snapshot has changed since it was checked at ${proven.finishedAt}, on ${changed.map(({ node }) => node).join(", ")}`;
  throw failure("check", [{ message, remedy: "find out who wrote it; then run the preview again" }], { input, tools });
}

async function saveAgain({ etcdHosts, input, tools }: Restoring): Promise<SafetyCopyReport | undefined> {
  if (!input.safetyCopy) return await earlierWayBack({ ...input.preflight, rancher: input.rancher }, etcdHosts, tools);
  if (input.saved && isRecent(input.saved)) return input.saved;
  tools.say(`the safety copy is ${input.saved ? `from ${input.saved.finishedAt}` : "missing"}: saving a new one`);
  return await safetyCopy(input.safetyCopy, tools);
}

/** A time to come is of a machine whose clock is ahead: it says nothing. */
function isRecent({ finishedAt }: { finishedAt: string }): boolean {
  const age = Date.now() - Date.parse(finishedAt);
  return age >= 0 && age < FRESH_MS;
}
