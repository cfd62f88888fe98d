import { exchangeFound, exchangeUndone } from "../../../cluster/history/note.ts";
import { isSame, type RestoreRecord } from "../../../cluster/history/restores.ts";
import { statesOf } from "../../../cluster/inPlace/decision.ts";
import { aboutOf, answered, type ExchangeAbout } from "../../../cluster/inPlace/facts.ts";
import { type Problem, problemOf } from "../../../cluster/problem.ts";
import { earlierWipe } from "../../../cluster/rke/earlierWipe.ts";
import type { PointOfNoReturn } from "../../../messages/pointOfNoReturn.ts";
import type { Tools } from "../../step.ts";
import { exchange, failure, noteOf, oldDataIn } from "./exchange.ts";
import { startCluster, startEtcd, type Work } from "./phases.ts";
import { expectedBack, expectedNew } from "./prepare.ts";
import { abandon, putBack, startAll } from "./putBack.ts";
import { type InPlaceArgs, type InPlaceReport, reportOf, unusableHosts, workOf } from "./restoreInPlace.ts";

interface UnfinishedExchange {
  work: Work;
  begun: RestoreRecord;
  about: ExchangeAbout | undefined;
  /** Names of the hosts that have gone through the exchange, by half at least. */
  gone: string[];
  /** Those that may have, and cannot be used now. */
  missing: Problem[];
  /** Every host has, as far as that is known. */
  isAll: boolean;
}

/**
 * What an earlier run has left of a restore in place, by what is on the hosts: one that some host has gone through is
 * finished, or put back where a host lacks the new data. Of one that no host has gone through nothing stays. While a host
 * that may have gone through it cannot be used, no other restore begins: the old data that it keeps would belong to none.
 * @param begun what the cluster remembers as its last restore.
 * @returns the report of the one that was finished; undefined where the restore is to start over.
 * @throws StepFailure
 */
export async function settleEarlier(
  args: InPlaceArgs,
  begun: RestoreRecord | undefined,
): Promise<InPlaceReport | undefined> {
  const { input, tools, readings, decision } = args;
  if (!begun?.inPlace || begun.finishedAt !== undefined) return undefined;
  const work = workOf(args, begun.inPlace.id, begun);
  const { hosts, id } = work;
  const states = statesOf(readings, id);
  const about = aboutOf(answered(readings), id);
  const gone = states.filter(({ state }) => state === "half" || state === "exchanged").map(({ node }) => node);
  const unread = states.filter(({ state }) => state === "unreachable").map(({ node }) => node);
  const unusable = unusableHosts(readings, work);
  const missing = unusable.filter(({ node }) => [...gone, ...unread].includes(node));
  const isAll = gone.length > 0 && states.every(({ node, state }) => state === "exchanged" || unread.includes(node));
  const left: UnfinishedExchange = { work, begun, about, gone, missing, isAll };

  if (gone.length === 0) {
    await startAgain(
      left,
      states.filter(({ state }) => state === "prepared").map(({ node }) => node),
    );
    return undefined;
  }
  exchangeFound(tools.clusterFile, { ...noteOf(work), at: begun.startedAt });
  if (isSame(begun, input) && unusable.length === 0 && states.every(({ state }) => state !== "none")) {
    tools.say(`an earlier run was cut off while it exchanged the data of etcd (${gone.join(", ")}): it is finished`);
    const expected = about?.from === undefined ? expectedNew(hosts, id, 0n) : expectedBack(hosts, about.from);
    const bumped = about?.bumped === true;
    const at = await exchange(work, { expected, bumped, from: about?.from, done: isAll ? "all" : "some" });
    return reportOf(work, { ...decision, way: about?.way ?? "in-place" }, at, bumped);
  }
  await (isAll ? startExchanged(left) : putBackAll(left));
  return undefined;
}

/** Nothing was exchanged. */
async function startAgain({ work, about, missing }: UnfinishedExchange, prepared: string[]): Promise<void> {
  const { tools, hosts, id } = work;
  tools.say("an earlier run was cut off: what it stopped is started again");
  warnOf(tools, [...(await startStopped(work)), ...(await startAll(work))]);
  await abandon(
    work,
    hosts.filter(({ node }) => prepared.includes(node.name)),
    about?.from,
  );
  if (missing.length === 0) return exchangeUndone(tools.clusterFile, id);
  const known = earlierWipe(tools.clusterFile);
  throw failure(work, {
    kind: "unreachable",
    problems: missing,
    data: "not-exchanged",
    // That host may have gone through the exchange.
    pointOfNoReturn: known.state === "not-reached" ? { state: "unknown" } : known,
  });
}

async function putBackAll({ work, begun, about, gone, missing }: UnfinishedExchange): Promise<void> {
  const { tools, id } = work;
  tools.say(`an earlier run was cut off while it exchanged the data of etcd (${gone.join(", ")}): it is put back`);
  const { back, said, left } = await putBack(work, about?.from);
  for (const sentence of said) tools.say(sentence);
  const problems = [...left, ...missing];
  if (problems.length === 0) return exchangeUndone(tools.clusterFile, id);
  const came = { data: "put-back", hosts: back, pointOfNoReturn: passedEarlier(work, begun) } as const;
  throw failure(work, { kind: "unreachable", problems, ...came });
}

/** The restored data stay, as they may have been in use since: another restore is asked for, or a host is missing. */
async function startExchanged({ work, begun, about, gone, missing }: UnfinishedExchange): Promise<void> {
  const { tools } = work;
  if (missing.length > 0) {
    throw failure(work, {
      kind: "unreachable",
      problems: missing,
      data: "exchanged-earlier",
      hosts: gone,
      pointOfNoReturn: passedEarlier(work, begun),
    });
  }
  tools.say(
    `an earlier run has exchanged the data of etcd on ${gone.join(", ")}: what it stopped is started again, with the restored data`,
  );
  warnOf(tools, [...(await startStopped(work)), ...(await startCluster(work, about?.bumped === true))]);
}

async function startStopped(work: Work): Promise<Problem[]> {
  const stopped = work.hosts.filter(({ container }) => container.status !== "running");
  return stopped.length === 0 ? [] : (await startEtcd(work, stopped)).problems;
}

function warnOf({ warn }: Tools, problems: Problem[]): void {
  for (const problem of problems) warn(problemOf("what an earlier run has stopped does not run again", problem));
}

function passedEarlier(work: Work, { startedAt }: RestoreRecord): PointOfNoReturn {
  return { state: "passed-earlier", at: startedAt, oldData: oldDataIn(work) };
}
