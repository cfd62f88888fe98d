import { type Content, type ExpectedContent, restoredClusterId } from "../../../cluster/inPlace/content.ts";
import type { Decision } from "../../../cluster/inPlace/decision.ts";
import {
  bumpAbove,
  memberOf,
  parseRestored,
  prepareScript,
  pruneScript,
  takeBackScript,
} from "../../../cluster/inPlace/exchange.ts";
import { aboutOf, type ExchangeAbout, takenFrom } from "../../../cluster/inPlace/facts.ts";
import { type Problem, problemOf } from "../../../cluster/problem.ts";
import { proofArgs } from "../../../cluster/snapshot/proof.ts";
import { duration } from "../../../cluster/time.ts";
import type { StepFailure } from "../../../messages/failure.ts";
import { failure } from "./exchange.ts";
import { onEachWithSnapshot } from "./onEachWithSnapshot.ts";
import { type Host, names, onEach, readContents, type Work } from "./phases.ts";
import { abandon } from "./putBack.ts";

/** To rename and to remove, s. */
const SECONDS = 300;

/** How long to wait for an etcd that may not run, s. */
const ASK_SECONDS = 2;

interface PrepareArgs {
  decision: Decision;
  /** ISO 8601, when the step that restores started. */
  startedAt: string;
  /** sha256 of the proven snapshot's content. */
  content: string | undefined;
  /** The program that restores can raise the revisions, on every host. */
  canBump: boolean;
}

interface Prepared {
  /** What etcd must have once the data are exchanged. */
  expected: ExpectedContent;
  /** The restored revisions are above all that etcd has served: watchers notice the new data. */
  bumped: boolean;
}

/**
 * Lays the new data beside the live ones on every etcd host while the cluster runs: the restored snapshot, or what an
 * earlier exchange has kept. This is the proof: where it fails, nothing has stopped.
 * @throws StepFailure
 */
export async function prepare(work: Work, args: PrepareArgs): Promise<Prepared> {
  const { hosts, tools, input } = work;
  const { from } = args.decision;
  const { contents } = await readContents(tools, hosts, ASK_SECONDS);
  const isKnown = contents.length === hosts.length;
  const bump = args.canBump ? bumpAbove(contents.map(({ content }) => content.revision)) : undefined;
  // A host that does not say its revision may have served a higher one.
  const bumped = bump !== undefined && isKnown;
  const about = aboutNew(work, args, bumped, isKnown ? contents[0]?.content : undefined);
  if (from !== undefined) {
    tools.say(`the old data are on ${names(hosts)}: they are renamed back`);
    const script = ({ data }: Host) => takeBackScript({ data, id: work.id }, from, about);
    const { problems } = await onEach(tools, hosts, script, SECONDS);
    if (problems.length > 0) throw await abandoned(work, problems, from);
    return { expected: expectedBack(hosts, from), bumped: false };
  }
  const { rkeVersion, timeoutSeconds } = input.preflight;
  const snapshot = proofArgs(input.snapshot, rkeVersion, args.content);
  tools.say(`restoring ${input.snapshot} beside the data of etcd on ${names(hosts)}; the cluster keeps running`);
  tools.tell({ event: "phase", phase: "preparing" });
  const script = (host: Host, received: boolean) =>
    prepareScript(host, { id: work.id, about, snapshot, hosts, bump }, received);
  const { answers, problems } = await onEachWithSnapshot(work, script, timeoutSeconds);
  const all = answers.map(({ host, printed }) => ({ node: host.node.name, ...parseRestored(printed) }));
  const restored = all.flatMap((one) => ("failed" in one ? [] : [one]));
  const wrong = [
    ...problems,
    ...all.flatMap((one) => ("failed" in one ? [problemOf(one.node, one.failed)] : [])),
    ...differences(restored),
  ];
  const [first] = restored;
  if (wrong.length > 0 || !first) throw await abandoned(work, wrong);
  const { revision, hash, keys } = first;
  tools.say(
    `restored beside the data on ${names(hosts)}, the same on each: revision ${revision}, ${keys} keys, hash ${hash}`,
  );
  return { expected: expectedNew(hosts, work.id, BigInt(revision)), bumped };
}

/** What etcd must have when data that were restored under this id are in use. */
export function expectedNew(hosts: Host[], id: string, revision: bigint): ExpectedContent {
  const peers = hosts.map((host) => memberOf(host).peer);
  return { clusterId: restoredClusterId(peers, id), revision, members: hosts.length };
}

/** What etcd must have when the data that an exchange has kept are back. */
export function expectedBack(hosts: Host[], from: string): ExpectedContent {
  const before = aboutOf(hosts, from)?.before;
  return {
    ...(before && { clusterId: before.clusterId }),
    revision: BigInt(before?.revision ?? 0),
    members: hosts.length,
  };
}

/**
 * Removes what earlier exchanges have left, their old data once they are old enough. Old data that one has taken back and
 * not put into use are put where they were.
 */
export async function pruneOld(work: Work, keepDays: number, keep: string[]): Promise<void> {
  const { hosts, tools } = work;
  const before = Date.now() - keepDays * 86_400_000;
  const taken = hosts.flatMap((host) =>
    host.facts.exchanges.flatMap((exchange) => {
      const from = takenFrom(exchange);
      return from === undefined ? [] : [{ host, id: exchange.id, from }];
    }),
  );
  for (const { host, id, from } of taken) await abandon({ ...work, id }, [host], from);
  const stale = hosts.flatMap((host) => {
    // By what was read before they were put back.
    const back = taken.filter((one) => one.host === host).flatMap(({ id, from }) => [id, from]);
    const ids = host.facts.exchanges.filter(({ id, hasOld, about }) => {
      const isOurs = /^rollback-[\w-]+$/.test(id) && ![...keep, ...back].includes(id);
      return isOurs && (!hasOld || (about !== undefined && Date.parse(about.startedAt) < before));
    });
    return ids.length > 0 ? [{ ...host, ids }] : [];
  });
  if (stale.length === 0) return;
  for (const { node, ids } of stale) {
    for (const { id, oldKiB, about } of ids.filter(({ hasOld }) => hasOld)) {
      const age = about ? duration((Date.now() - Date.parse(about.startedAt)) / 1000) : "";
      tools.say(`${node.name}: removing the old data of ${id}, ${age} old, ${Math.ceil(oldKiB / 1024)} MiB`);
    }
  }
  const script = ({ data, ids }: (typeof stale)[number]) =>
    pruneScript(
      data,
      ids.map(({ id }) => id),
    );
  const { problems } = await onEach(tools, stale, script, SECONDS);
  for (const problem of problems) tools.warn(problemOf("old data could not be removed", problem));
}

function aboutNew(
  { input }: Work,
  { decision: { way, from }, startedAt }: PrepareArgs,
  bumped: boolean,
  before: Content | undefined,
): ExchangeAbout {
  const { snapshot, run } = input;
  return {
    ...{ snapshot, run, startedAt, way: way === "rename-back" ? way : "in-place" },
    ...(from !== undefined && { from }),
    ...(bumped && { bumped }),
    ...(before && { before: beforeOf(before) }),
  };
}

function beforeOf({ clusterId, revision, members }: Content): NonNullable<ExchangeAbout["before"]> {
  return { clusterId, revision: String(revision), ...(members > 0 && { members }) };
}

function differences(restored: { node: string; hash: string; revision: number }[]): Problem[] {
  if (new Set(restored.map(({ hash, revision }) => `${hash} ${revision}`)).size < 2) return [];
  const who = restored.map(({ node, hash, revision }) => `${node} revision ${revision}, hash ${hash}`).join("; ");
  return [
    { message: `the etcd hosts have restored different data: ${who}`, remedy: "look at their disks: dmesg | tail" },
  ];
}

async function abandoned(work: Work, problems: Problem[], from?: string): Promise<StepFailure> {
  await abandon(work, work.hosts, from);
  return failure(work, { kind: "check", problems, data: "prepared" });
}
