import type { ClusterNode } from "../../cluster/clusterFile/clusterFile.ts";
import { etcdNodes } from "../../cluster/clusterFile/node.ts";
import { writeRestore } from "../../cluster/history/hosts.ts";
import { isSame, type RestoreRecord } from "../../cluster/history/restores.ts";
import { bumpsRevision, type Decision } from "../../cluster/inPlace/decision.ts";
import { exchangeFolder, exchangeId } from "../../cluster/inPlace/exchange.ts";
import { aboutOf, answered, exchangeState, type HostReading } from "../../cluster/inPlace/facts.ts";
import { exchangeUndone } from "../../cluster/stateFolder/unfinishedRestore.ts";
import { nothingWiped } from "../../messages/failure.ts";
import type { StepInput, StepReport } from "../contract.ts";
import { ensureLock } from "../lock.ts";
import type { Tools } from "../step.ts";
import { exchange, failure, oldDataIn } from "./exchange.ts";
import { type Host, names, startEtcd, type Work } from "./phases.ts";
import { expectedBack, expectedNew, prepare, pruneOld } from "./prepare.ts";
import { abandon, putBack, startAll } from "./putBack.ts";

/** What a restore in place reports. */
type InPlaceReport = Pick<StepReport<"restore">, "way" | "reasons" | "wipedAt" | "bumped" | "built" | "oldData">;

interface InPlaceArgs {
  input: StepInput<"restore">;
  tools: Tools;
  nodes: ClusterNode[];
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
  const { input, tools, decision, readings } = args;
  const { startedAt, content } = record;
  const work = workOf(args, exchangeId(startedAt), record);
  const canBump = decision.way === "in-place" && bumpsRevision(readings);
  await pruneOld(work, input.keepOldDataDays, decision.from === undefined ? [] : [decision.from]);
  const { expected, bumped } = await prepare(work, { decision, startedAt, content, canBump });
  await ensureLock({ ...input.lock, taken: input.lock.hosts }, input.snapshot, tools).catch(async (error: unknown) => {
    await abandon(work, work.hosts, decision.from);
    throw error;
  });
  const begun: RestoreRecord = { ...record, inPlace: { id: work.id } };
  const unwritten = await writeRestore(tools, etcdNodes(args), begun);
  if (unwritten.length > 0) {
    await abandon(work, work.hosts, decision.from);
    throw failure(work, {
      kind: "unreachable",
      problems: unwritten,
      done: "nothing that changes the cluster",
      pointOfNoReturn: nothingWiped(tools.clusterFile),
    });
  }
  const at = await exchange(work, { expected, bumped, from: decision.from });
  return { report: reportOf(work, decision, at, bumped), record: begun };
}

/**
 * What an earlier run has left of a restore in place, by what is on the hosts: one that some host has gone through is
 * finished, or put back where a host lacks the new data. Of one that no host has gone through nothing stays.
 * @param begun what the cluster remembers as its last restore.
 * @returns the report of the one that was finished; undefined where the restore is to start over.
 */
export async function settleEarlier(
  args: InPlaceArgs,
  begun: RestoreRecord | undefined,
): Promise<InPlaceReport | undefined> {
  const { input, tools, readings, decision } = args;
  if (!begun?.inPlace || begun.finishedAt !== undefined) return undefined;
  const work = workOf(args, begun.inPlace.id, begun);
  const { hosts, id } = work;
  const states = hosts.map(({ facts }) => exchangeState(facts, id));
  const about = aboutOf(hosts, id);
  const gone = hosts.filter((_, at) => states[at] === "half" || states[at] === "exchanged");
  const isAll = hosts.length > 0 && states.every((state) => state === "exchanged");

  if (isSame(begun, input) && gone.length > 0 && !states.includes("none") && hosts.length === readings.length) {
    tools.say(`an earlier run was cut off while it exchanged the data of etcd (${names(gone)}): it is finished`);
    const expected = about?.from === undefined ? expectedNew(hosts, id, 0n) : expectedBack(hosts, about.from);
    const bumped = about?.bumped === true;
    const at = await exchange(work, { expected, bumped, from: about?.from, done: isAll ? "all" : "some" });
    return reportOf(work, { ...decision, way: about?.way ?? "in-place" }, at, bumped);
  }
  if (gone.length > 0 && !isAll) {
    tools.say(`an earlier run was cut off while it exchanged the data of etcd (${names(gone)}): it is put back`);
    const { said, left } = await putBack(work, about?.from);
    for (const sentence of said) tools.say(sentence);
    if (left.length === 0) exchangeUndone(tools.clusterFile);
    if (left.length > 0) {
      throw failure(work, {
        kind: "unreachable",
        problems: left,
        done: "the old data were put back on the other etcd hosts",
        pointOfNoReturn: { state: "passed earlier", at: begun.startedAt, oldData: oldDataIn(work) },
      });
    }
    return undefined;
  }
  tools.say("an earlier run was cut off: what it stopped is started again");
  exchangeUndone(tools.clusterFile);
  await startEtcd(
    work,
    hosts.filter(({ container }) => container.status !== "running"),
  );
  await startAll(work);
  const prepared = hosts.filter((_, at) => states[at] === "prepared");
  await abandon(work, prepared, about?.from);
  return undefined;
}

function workOf({ input, tools, nodes, readings }: InPlaceArgs, id: string, { safetyCopy }: RestoreRecord): Work {
  const hosts = answered(readings).flatMap(({ node: name, facts }): Host[] => {
    const node = nodes.find((one) => one.name === name);
    if (!node || !facts.container || facts.dataDir === undefined) return [];
    return [{ node, data: facts.dataDir, container: facts.container, facts }];
  });
  return { id, nodes, hosts, input, copy: safetyCopy?.name, tools };
}

function reportOf(work: Work, { way, reasons }: Decision, wipedAt: string, bumped: boolean): InPlaceReport {
  const { id, hosts, input } = work;
  const until = new Date(Date.now() + input.keepOldDataDays * 86_400_000).toISOString();
  const path = [...new Set(hosts.map(({ data }) => exchangeFolder({ data, id })))].join(" or ");
  // RKE has no part in it, and the cluster was never taken apart.
  return { way, reasons, wipedAt, bumped, built: true, oldData: { id, path, until } };
}
