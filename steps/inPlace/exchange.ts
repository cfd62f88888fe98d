import type { ExpectedContent } from "../../cluster/inPlace/content.ts";
import { exchangeFolder } from "../../cluster/inPlace/exchange.ts";
import { type Problem, setRemedy } from "../../cluster/problem.ts";
import { exchangeBegins, exchangeUndone, unfinishedWipe } from "../../cluster/stateFolder/unfinishedRestore.ts";
import { type Failure, nothingWiped, remediesOf, StepFailure } from "../../messages/failure.ts";
import {
  exchangeAll,
  forgetLocks,
  names,
  startCluster,
  startProven,
  stopEtcd,
  stopWriters,
  type Work,
} from "./phases.ts";
import { abandon, putBack, startAll } from "./putBack.ts";

const RKE_INSTEAD = setRemedy("if it fails again, let RKE restore it", "restoreWith", "rke");

interface ExchangeArgs {
  /** What the new data are. */
  expected: ExpectedContent;
  /** etcd's revisions were raised: watchers notice the new data. */
  bumped: boolean;
  /** The earlier exchange that the new data came from. */
  from?: string | undefined;
  /** Of an exchange that an earlier run has begun: on how many hosts it had been done. */
  done?: "some" | "all" | undefined;
}

/**
 * Exchanges etcd's data on all hosts and starts the cluster with the new ones. Where that fails before the new data are
 * proven, the old data are put back.
 * @returns when the data were exchanged, ISO 8601.
 */
export async function exchange(work: Work, { expected, bumped, from, done }: ExchangeArgs): Promise<string> {
  const { tools, hosts } = work;
  const fail = (kind: Failure["kind"], problems: Problem[]) => failed(work, kind, problems, { from, done });

  const writers = await stopWriters(work);
  if (writers.length > 0) throw done ? await fail("unreachable", writers) : await nothingDone(work, writers, from);
  const { problems } = await stopEtcd(work, hosts);
  if (problems.length > 0) throw await fail("unreachable", problems);

  const at = exchangeBegins(tools.clusterFile, oldDataIn(work), work.copy);
  const unexchanged = await exchangeAll(work);
  if (unexchanged.length > 0) throw await fail("unreachable", unexchanged);
  const unproven = await startProven(work, expected);
  if (unproven.length > 0) throw await fail("check", unproven);
  tools.wiping(at);
  await forgetLocks(work);

  const unstarted = await startCluster(work, bumped);
  if (unstarted.length > 0) throw passed(work, "kubernetes", unstarted, at, "etcd has the restored data on every host");
  return at;
}

/** Where each etcd host keeps the old data. */
export function oldDataIn({ id, hosts }: Work): string {
  return [...new Set(hosts.map(({ data }) => `${exchangeFolder({ data, id })}/old`))].join(" or ");
}

/** Nothing but writers was stopped: they are started again. */
async function nothingDone(work: Work, problems: Problem[], from: string | undefined): Promise<StepFailure> {
  const unstarted = await startAll(work);
  await abandon(work, work.hosts, from);
  return failure(work, {
    ...{ kind: "unreachable", problems, said: unstarted.map(({ message }) => message) },
    done: "what was restored beside the data is removed, and what was stopped runs again",
    pointOfNoReturn: nothingWiped(work.tools.clusterFile),
  });
}

/** Puts the old data back, unless the new ones may have been in use for a while. */
async function failed(
  work: Work,
  kind: Failure["kind"],
  problems: Problem[],
  { from, done }: Pick<ExchangeArgs, "from" | "done">,
): Promise<StepFailure> {
  const { tools, hosts } = work;
  const at = unfinishedWipe(tools.clusterFile)?.at ?? new Date().toISOString();
  if (done === "all") return passed(work, kind, problems, at, "an earlier run has exchanged the data");
  for (const { message } of problems) tools.say(message);
  const { said, left } = await putBack(work, from);
  if (left.length > 0) {
    return failure(work, {
      ...{ kind, problems, said, left },
      done: `the old data are back on ${hosts.length - left.length} of ${hosts.length} etcd hosts`,
      pointOfNoReturn: { state: "passed", at, oldData: oldDataIn(work) },
    });
  }
  exchangeUndone(tools.clusterFile);
  return failure(work, {
    ...{ kind, problems, said },
    done: `nothing permanent: ${names(hosts)} have the old data again, and the stopped containers run again`,
    pointOfNoReturn: nothingWiped(tools.clusterFile),
  });
}

/** The new data stay, and the old data are kept. */
function passed(work: Work, kind: Failure["kind"], problems: Problem[], at: string, done: string): StepFailure {
  return failure(work, {
    ...{ kind, problems, done },
    pointOfNoReturn: { state: "passed", at, oldData: oldDataIn(work) },
  });
}

interface Failed extends Pick<Failure, "kind" | "done" | "pointOfNoReturn"> {
  problems: Problem[];
  /** What has happened then, a sentence each. */
  said?: string[];
  /** What is left of it. */
  left?: Problem[];
}

/** A failure of this step. With the old data in use, RKE can still restore. */
export function failure({ input }: Work, { problems, said = [], left = [], ...about }: Failed): StepFailure {
  const sentences = (list: Problem[]) => list.map(({ message }) => message);
  const instead = about.pointOfNoReturn.state === "not reached" ? [{ remedy: RKE_INSTEAD }] : [];
  return new StepFailure({
    ...about,
    step: `The etcd restore of snapshot ${input.snapshot} in place`,
    happened: [...sentences(problems), ...said, ...sentences(left)],
    notDone: "the restore and everything after it",
    remedies: remediesOf([...problems, ...left, ...instead]),
    rerun: "continues from this step",
  });
}
