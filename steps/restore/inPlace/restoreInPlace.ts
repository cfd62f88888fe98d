import { etcdNodes } from "../../../cluster/clusterFile/node.ts";
import { writeRestore } from "../../../cluster/history/hosts.ts";
import type { RestoreRecord } from "../../../cluster/history/restores.ts";
import { bumpsRevision, type Decision } from "../../../cluster/inPlace/decision.ts";
import { exchangeFolder, exchangeId } from "../../../cluster/inPlace/exchange.ts";
import { answered, type HostReading } from "../../../cluster/inPlace/facts.ts";
import type { Problem } from "../../../cluster/problem.ts";
import { reasonText, withoutContainer } from "../../../messages/restoreReasons.ts";
import type { StepReport } from "../../contract.ts";
import { ensureLock } from "../../heldLock.ts";
import type { Restoring } from "../restoreFailure.ts";
import { exchange, failure, oldDataIn } from "./exchange.ts";
import type { Host, Work } from "./phases.ts";
import { prepare, pruneOld } from "./prepare.ts";
import { abandon } from "./putBack.ts";

export type InPlaceReport = Pick<StepReport<"restore">, "way" | "reasons" | "wipedAt" | "bumped" | "built" | "oldData">;

export interface InPlaceArgs extends Restoring {
  readings: HostReading[];
  decision: Decision;
}

/**
 * Restores in place: new data beside the live ones on every etcd host, then all of them exchanged by rename.
 * @param record what the hosts remember once it begins. @returns it as well, with the exchange's id.
 */
export async function restoreInPlace(
  args: InPlaceArgs,
  record: RestoreRecord,
): Promise<{ report: InPlaceReport; record: RestoreRecord }> {
  const { input, decision, readings } = args;
  refuseHalfKnown(args, record);
  const { startedAt, content } = record;
  const work = workOf(args, exchangeId(startedAt), record);
  const canBump = decision.way === "in-place" && bumpsRevision(readings);
  const begun: RestoreRecord = { ...record, inPlace: { id: work.id } };
  await pruneOld(work, input.keepOldDataDays, decision.from === undefined ? [] : [decision.from]);
  // Old data that are taken back are nowhere else: the hosts remember it first, and the next run puts them where they were.
  if (decision.from !== undefined) await remember(work, begun, decision.from);
  const { expected, bumped } = await prepare(work, { decision, startedAt, content, canBump });
  if (decision.from === undefined) await remember(work, begun);
  else await ensureOwnLock(work, decision.from);
  const at = await exchange(work, { expected, bumped, from: decision.from });
  return { report: reportOf(work, decision, at, bumped), record: begun };
}

/** Writes on every etcd host that the restore has begun; where that fails, what was prepared is removed. */
async function remember(work: Work, begun: RestoreRecord, from?: string): Promise<void> {
  const { tools, nodes } = work;
  await ensureOwnLock(work, from);
  const unwritten = await writeRestore(tools, etcdNodes({ nodes }), begun);
  // Another machine that takes the rollback over looks for the record once it has the lock: one of the two is stopped.
  if (unwritten.length === 0) return await ensureOwnLock(work, from);
  await abandon(work, work.hosts, from);
  throw failure(work, { kind: "unreachable", problems: unwritten, data: "untouched" });
}

async function ensureOwnLock(work: Work, from?: string): Promise<void> {
  const { input, tools } = work;
  const { lock } = input;
  await ensureLock({ ...lock, taken: lock.hosts }, input, tools).catch(async (error: unknown) => {
    await abandon(work, work.hosts, from);
    throw error;
  });
}

/** What was not seen when this run began: a new exchange beside an unfinished one, or on some hosts only, would mix their data. */
function refuseHalfKnown(args: InPlaceArgs, record: RestoreRecord): void {
  const { readings, decision } = args;
  const work = workOf(args, decision.resume ?? "", record);
  const unusable = unusableHosts(readings, work);
  if (decision.resume === undefined && unusable.length === 0) return;
  const begun = decision.resume === undefined ? [] : decision.reasons.map(reasonText);
  throw failure(work, {
    kind: "unreachable",
    problems: [
      ...begun.map((message) => ({ message, remedy: "run it again: it is finished or put back" })),
      ...unusable,
    ],
    data: "untouched",
    ...(decision.resume !== undefined && {
      pointOfNoReturn: { state: "passed-earlier", by: "earlier-run", oldData: oldDataIn(work) },
    }),
  });
}

/** The etcd hosts on which nothing can be exchanged or put back: workOf leaves them out. */
export function unusableHosts(readings: HostReading[], { hosts }: Work): (Problem & { node: string })[] {
  const left = readings.filter(({ node }) => !hosts.some((host) => host.node.name === node));
  return left.map(({ node, facts }) => {
    if ("unreachable" in facts) return { node, ...facts.unreachable };
    if (!facts.container) return { node, ...withoutContainer(node, facts) };
    return { node, message: reasonText({ kind: "no-data", node }), remedy: `look at ${node}: docker inspect etcd` };
  });
}

export function workOf(
  { input, tools, nodes, readings }: InPlaceArgs,
  id: string,
  { safetyCopy }: RestoreRecord,
): Work {
  const hosts = answered(readings).flatMap(({ node: name, facts }): Host[] => {
    const node = nodes.find((one) => one.name === name);
    if (!node || !facts.container || facts.dataDir === undefined) return [];
    return [{ node, data: facts.dataDir, container: facts.container, facts }];
  });
  return { id, nodes, hosts, input, copy: safetyCopy?.name, tools };
}

export function reportOf(work: Work, { way, reasons }: Decision, wipedAt: string, bumped: boolean): InPlaceReport {
  const { id, hosts, input } = work;
  const until = new Date(Date.now() + input.keepOldDataDays * 86_400_000).toISOString();
  const path = [...new Set(hosts.map(({ data }) => exchangeFolder({ data, id })))].join(" or ");
  // RKE has no part in it, and the cluster was never taken apart.
  return { way, reasons, wipedAt, bumped, built: true, oldData: { id, path, until } };
}
