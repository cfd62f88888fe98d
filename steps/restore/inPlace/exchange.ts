import { exchangeBegins, exchangeUndone } from "../../../cluster/history/note.ts";
import type { ExpectedContent } from "../../../cluster/inPlace/content.ts";
import { exchangeFolder } from "../../../cluster/inPlace/exchange.ts";
import { type Problem, remediesOf, setRemedy } from "../../../cluster/problem.ts";
import { earlierWipe } from "../../../cluster/rke/earlierWipe.ts";
import { UnreadableRecord } from "../../../cluster/stateFolder/unreadable.ts";
import { type Failure, StepFailure, stepFailure } from "../../../messages/failure.ts";
import type { InPlaceData } from "../../../messages/progress.ts";
import { exchangeAll, forgetLocks, startCluster, startProven, stopEtcd, stopWriters, type Work } from "./phases.ts";
import { abandon, putBack, startAll } from "./putBack.ts";

const RKE_INSTEAD = setRemedy("if it fails again, let RKE restore it", "restoreWith", "rke");

interface ExchangeArgs {
  expected: ExpectedContent;
  /** etcd's revisions were raised above the live ones: watchers notice the new data. */
  bumped: boolean;
  /** The earlier exchange that the new data came from. */
  from?: string | undefined;
  /** On how many hosts an exchange had been done that an earlier run has begun. */
  done?: "some" | "all" | undefined;
}

interface Progress {
  /** A host may have been exchanged, by this run or an earlier one. */
  begun: boolean;
  /** When the data were exchanged that are proven by now, ISO 8601. */
  provenAt?: string;
}

/**
 * Exchanges etcd's data on all hosts and starts the cluster with the new ones. Where that fails before the new data are
 * proven, the old data are put back, also where it is this machine that fails: the whole cluster is stopped by then.
 * @returns when the data were exchanged, ISO 8601.
 */
export async function exchange(work: Work, args: ExchangeArgs): Promise<string> {
  const progress: Progress = { begun: args.done !== undefined };
  try {
    return await attempt(work, args, progress);
  } catch (error) {
    if (error instanceof StepFailure) throw error;
    const problems = [ofThisMachine(error, work.tools)];
    const { provenAt } = progress;
    throw provenAt === undefined
      ? await failed(work, "system", problems, { ...args, ...progress })
      : passed(work, "system", problems, provenAt, "exchanged");
  }
}

async function attempt(
  work: Work,
  { expected, bumped, from, done }: ExchangeArgs,
  progress: Progress,
): Promise<string> {
  const { tools, hosts } = work;
  const fail = (kind: Failure["kind"], problems: Problem[]) =>
    failed(work, kind, problems, { from, done, ...progress });

  const writers = await stopWriters(work);
  if (writers.length > 0) throw done ? await fail("unreachable", writers) : await nothingDone(work, writers, from);
  const { problems } = await stopEtcd(work, hosts);
  if (problems.length > 0) throw await fail("unreachable", problems);

  const at = exchangeBegins(tools.clusterFile, noteOf(work));
  progress.begun = true;
  const unexchanged = await exchangeAll(work);
  if (unexchanged.length > 0) throw await fail("unreachable", unexchanged);
  const unproven = await startProven(work, expected);
  if (unproven.length > 0) throw await fail("check", unproven);
  progress.provenAt = at;
  tools.tell({ event: "wiping", at });
  await forgetLocks(work);

  const unstarted = await startCluster(work, bumped);
  if (unstarted.length > 0) throw passed(work, "kubernetes", unstarted, at, "exchanged");
  return at;
}

export function oldDataIn({ id, hosts }: Work): string {
  return [...new Set(hosts.map(({ data }) => `${exchangeFolder({ data, id })}/old`))].join(" or ");
}

export function noteOf(work: Work) {
  const { id, copy } = work;
  return { id, oldData: oldDataIn(work), ...(copy !== undefined && { copy }) };
}

/** Nothing but writers was stopped: they are started again. */
async function nothingDone(work: Work, problems: Problem[], from: string | undefined): Promise<StepFailure> {
  const unstarted = await startAll(work);
  await abandon(work, work.hosts, from);
  return failure(work, { kind: "unreachable", problems, said: unstarted.map(sentence), data: "not-exchanged" });
}

/** A full disk, too many open files. A bug shows where it is. */
function ofThisMachine(error: unknown, { say }: Work["tools"]): Problem {
  if (error instanceof UnreadableRecord) return error.problem;
  const { message, code, stack = "" } = error as NodeJS.ErrnoException;
  if (code === undefined) say(stack);
  return { message: `on this machine: ${message}`, remedy: "see what this machine lacks: df -h; ulimit -a" };
}

/** Puts the old data back, unless the new ones may have been in use for a while. */
async function failed(
  work: Work,
  kind: Failure["kind"],
  problems: Problem[],
  { from, done, begun }: Pick<ExchangeArgs, "from" | "done"> & Pick<Progress, "begun">,
): Promise<StepFailure> {
  const { tools } = work;
  const known = earlierWipe(tools.clusterFile);
  const at = (known.state === "passed-earlier" ? known.at : undefined) ?? new Date().toISOString();
  if (done === "all") return passed(work, kind, problems, at, "exchanged-earlier");
  for (const { message } of problems) tools.say(message);
  const { back, ...came } = await putBack(work, from, begun);
  const about = { kind, problems, ...came, hosts: back };
  if (came.left.length === 0) exchangeUndone(tools.clusterFile, work.id);
  else if (begun) {
    const pointOfNoReturn = { state: "passed", at, oldData: oldDataIn(work) } as const;
    return failure(work, { ...about, data: "put-back", pointOfNoReturn });
  }
  return failure(work, { ...about, data: begun ? "put-back" : "not-exchanged" });
}

/** The new data stay, and the old data are kept. */
function passed(work: Work, kind: Failure["kind"], problems: Problem[], at: string, data: InPlaceData): StepFailure {
  const pointOfNoReturn = { state: "passed", at, oldData: oldDataIn(work) } as const;
  return failure(work, { kind, problems, data, pointOfNoReturn });
}

interface Failed extends Pick<Failure, "kind">, Partial<Pick<Failure, "pointOfNoReturn">> {
  problems: Problem[];
  /** What has happened then, a sentence each. */
  said?: string[];
  left?: Problem[];
  /** How far it came, on the etcd hosts of which that is known: all, unless they are given. */
  data: InPlaceData;
  hosts?: string[];
}

/** A failure of this step. With the old data in use, RKE can still restore. */
export function failure(
  { input, tools, ...work }: Work,
  { problems, said = [], left = [], data, hosts = work.hosts.map(({ node }) => node.name), kind, ...about }: Failed,
): StepFailure {
  const { pointOfNoReturn = earlierWipe(tools.clusterFile) } = about;
  const all = [...problems, ...left];
  const instead = pointOfNoReturn.state === "not-reached" ? [{ remedy: RKE_INSTEAD }] : [];
  return stepFailure(tools, {
    kind,
    step: "restore",
    snapshot: input.snapshot,
    problems: all,
    happened: [...problems.map(sentence), ...said, ...left.map(sentence)],
    progress: { of: "in-place", data, hosts },
    pointOfNoReturn,
    remedies: remediesOf([...all, ...instead]),
  });
}

const sentence = ({ message }: Problem) => message;
