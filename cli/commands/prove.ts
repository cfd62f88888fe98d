import { hostname } from "node:os";
import { resolve } from "node:path";
import { ssh } from "../../cluster/node/ssh.ts";
import { CLOCKS_DIFFER } from "../../cluster/opened/content.ts";
import { inspectSnapshot, type OpenableCopy } from "../../cluster/opened/inspection.ts";
import { type Problem, SEE_RECURRING } from "../../cluster/problem.ts";
import { type ListedSnapshot, seemsSnapshot } from "../../cluster/snapshot/list.ts";
import { proofArgs, snapshotProofScript } from "../../cluster/snapshot/proof.ts";
import { describeSource, type S3Source } from "../../cluster/snapshot/source.ts";
import { type ProvenSnapshot, provenSnapshots, rememberProof } from "../../cluster/stateFolder/provenSnapshots.ts";
import { dateAndTime, duration } from "../../cluster/time.ts";
import { problemLines } from "../../messages/commands.ts";
import { mebibytes } from "../../output/planText.ts";
import { writeJunit } from "../../output/report/junit.ts";
import { type ProofMetrics, writeProofMetrics } from "../../output/telemetry/proofMetrics.ts";
import type { ClusterSettings } from "../../settings/settings.ts";
import { answer, type Proof, type ProofCheck, say } from "../answers.ts";
import { bucketToProve, withFetched, withSource } from "../bucket.ts";
import { type ProveOptions, stackConfig } from "../options.ts";
import { etcdHostsOf, listSnapshots, openedText, proofOn } from "../snapshotList.ts";
import { clusterSettingsOfStack } from "../workspace.ts";

/**
 * Proves a snapshot by its hash and by opening it, for a cron job; changes nothing on the cluster.
 * @returns 0 proven, 1 not.
 */
export async function prove(options: ProveOptions): Promise<number> {
  const { stack, snapshot } = options;
  // Before the working directory is the project's.
  const [junit, metrics] = [options.junit, options.metrics].map((file) => (file === undefined ? file : resolve(file)));
  const config = stackConfig(stack, options);
  const settings = await clusterSettingsOfStack(withSource(config, options.source));
  const source = options.source === undefined ? undefined : bucketToProve(settings, options.source);
  const proof = await proveNow(settings, { stack, snapshot, source, maxAgeHours: options["max-age"], say });
  const cluster = settings.cluster.clusterName;
  if (junit !== undefined) {
    const { startedAt, seconds, checks, snapshot: name } = proof;
    const properties = { cluster, ...(name !== undefined && { snapshot: name }) };
    const about = { command: "prove", stack, startedAt, seconds, host: hostname() };
    writeJunit(junit, { ...about, properties, cases: checks });
  }
  if (metrics !== undefined) await writeProofMetrics(metrics, metricsOf(proof, settings), { stack, cluster });
  answer(proof, options, proofText(proof));
  return proof.proven ? 0 : 1;
}

interface Asked {
  stack: string;
  /** The newest where it is not given. */
  snapshot?: string | undefined;
  /** The bucket that it is fetched from; without one it is on the etcd hosts. */
  source?: S3Source | undefined;
  maxAgeHours?: number | undefined;
  /** Called for each line that the operator should read meanwhile. */
  say: (line: string) => void;
}

/** What `prove` does once it has read the stack. */
export async function proveNow(settings: ClusterSettings, asked: Asked): Promise<Proof> {
  const started = Date.now();
  const { source } = asked;
  const found = source ? await proveFetched(settings, source, asked) : await proveOnHosts(settings, asked, started);
  return {
    ...{ command: "prove", stack: asked.stack, startedAt: new Date(started).toISOString() },
    seconds: Math.round((Date.now() - started) / 100) / 10,
    proven: found.checks.every(({ problems }) => problems.length === 0),
    ...found,
  };
}

type Found = Pick<Proof, "checks" | "snapshot" | "takenAt" | "unpacked" | "nodes" | "source" | "inspection" | "unread">;

async function proveOnHosts(settings: ClusterSettings, asked: Asked, now: number): Promise<Found> {
  const { snapshots, unread } = await listSnapshots(settings);
  const chosen = choose(snapshots, asked.snapshot, now);
  if (!chosen) return { checks: [nothing(asked, unread)], unread };
  return { snapshot: chosen.name, ...(await proveOne(settings, chosen, asked)), unread };
}

/** Fetches the snapshot onto an etcd host, proves it there, and removes it. */
async function proveFetched(settings: ClusterSettings, source: S3Source, asked: Asked): Promise<Found> {
  const [place, unread] = [describeSource(source), []];
  const name = `fetched from ${place}`;
  return await withFetched(settings, { ...asked, source }, async (fetched) => {
    if ("failed" in fetched) return { source: place, checks: [{ name, problems: fetched.failed }], unread };
    const { snapshot, takenAt, copy } = fetched;
    const copies = [copy];
    const about = { name: snapshot, copies, takenAt, proven: { nodes: [], source: place } };
    const { checks, ...opened } = await proveByOpening(settings, about, asked);
    return { source: place, snapshot, ...opened, checks: [{ name, problems: [] }, ...checks], unread };
  });
}

async function proveOne(
  settings: ClusterSettings,
  chosen: ListedSnapshot,
  asked: Asked,
): Promise<Omit<Found, "unread">> {
  const { name, takenAt, same } = chosen;
  asked.say(`proving ${name} on ${chosen.copies.map(({ node }) => node).join(", ")}`);
  const hashed = await proveHashes(settings, chosen);
  const copies = hashed.flatMap(({ copy }) => copy ?? []);
  const hashes: ProofCheck[] = hashed.map(({ node, problems }) => ({ name: `hash of ${node}'s copy`, problems }));
  const nodes = copies.map(({ node }) => node.name);
  if (copies.length === 0) {
    const skipped = "no copy is whole";
    return { checks: [...hashes, { name: OPENS, problems: [], skipped }, { name: AGE, problems: [], skipped }], nodes };
  }
  // Copies that each host saved for itself are others than the one that is opened.
  const about = { name, copies, takenAt, ...(same && { proven: { nodes } }) };
  const { checks, ...opened } = await proveByOpening(settings, about, asked);
  return { ...opened, checks: [...hashes, ...checks], nodes };
}

interface Openable {
  name: string;
  copies: OpenableCopy[];
  takenAt: string | undefined;
  /** What is remembered as proven; the copy that was opened if not given. */
  proven?: Pick<ProvenSnapshot, "nodes" | "source">;
}

async function proveByOpening(
  settings: ClusterSettings,
  about: Openable,
  asked: Asked,
): Promise<Pick<Found, "checks" | "takenAt" | "unpacked" | "inspection">> {
  const { name, copies } = about;
  const { hostKeys, rancher, cluster } = settings;
  asked.say(`opening ${name}`);
  const inspected = await inspectSnapshot(copies, { name, hostKeys, rancher });
  const [copy] = "failed" in inspected ? [] : copies.filter(({ node }) => node.name === inspected.on);
  const holds = "failed" in inspected ? undefined : inspected.holds;
  const takenAt = holds?.takenAt ?? about.takenAt;
  const problems = "failed" in inspected ? [inspected.failed] : inspected.problems;
  if (copy && problems.length === 0) {
    rememberProof(cluster.path, {
      ...{ name, how: "opened", by: "prove", at: new Date().toISOString(), compared: true },
      ...(about.proven ?? { nodes: [copy.node.name] }),
      ...{ unpacked: copy.bytes, ...(holds && { holds }), ...(takenAt !== undefined && { takenAt }) },
    });
  }
  return {
    ...{ ...(copy && { unpacked: copy.bytes }), ...(takenAt !== undefined && { takenAt }) },
    ...(!("failed" in inspected) && { inspection: inspected }),
    checks: [
      { name: OPENS, problems },
      { name: AGE, ...ageCheck(name, takenAt, asked) },
    ],
  };
}

const OPENS = "opened and compared with the cluster";
const AGE = "age";

/** A file that was written so lately may still be written, ms. */
const BEING_WRITTEN = 120_000;

function choose(all: ListedSnapshot[], name: string | undefined, now: number): ListedSnapshot | undefined {
  if (name !== undefined) return all.find((one) => one.name === name);
  return all.find(({ copies }) =>
    copies.some(
      ({ file }) => file.wrong === undefined || (seemsSnapshot(file) && file.changedAt < now - BEING_WRITTEN),
    ),
  );
}

function nothing({ snapshot }: Asked, unread: Proof["unread"]): ProofCheck {
  const where = unread.length > 0 ? "any etcd host that answers" : "any etcd host";
  const message = `there is no snapshot ${snapshot === undefined ? "" : `${snapshot} `}on ${where}`;
  const missing = { message, remedy: SEE_RECURRING };
  return { name: "a snapshot is there", problems: [...unread.map(({ problem }) => problem), missing] };
}

/** As the pre-flight checks of a rollback do, of every host that has a copy. */
async function proveHashes(
  settings: ClusterSettings,
  chosen: ListedSnapshot,
): Promise<{ node: string; copy?: OpenableCopy; problems: Problem[] }[]> {
  const { hostKeys, rke, waitSeconds } = settings;
  const script = snapshotProofScript(proofArgs(chosen.name, rke.version));
  const having = etcdHostsOf(settings).filter(({ name }) => chosen.copies.some(({ node }) => node === name));
  return await Promise.all(
    having.map(async (node) => {
      const proof = await proofOn(node, ssh({ node, script, hostKeys, timeoutSeconds: waitSeconds }));
      if ("failed" in proof) return { node: node.name, problems: [proof.failed] };
      const { file, unpacked } = proof.snapshot;
      return { node: node.name, copy: { node, file, bytes: unpacked }, problems: [] };
    }),
  );
}

function ageCheck(name: string, takenAt: string | undefined, { maxAgeHours }: Asked): Omit<ProofCheck, "name"> {
  if (maxAgeHours === undefined) return { problems: [], skipped: "no --max-age was given" };
  const remedy = SEE_RECURRING;
  const age = takenAt === undefined ? undefined : ageOf(takenAt);
  if (age === undefined) return { problems: [{ message: `the age of ${name} is unknown`, remedy }] };
  if (age <= maxAgeHours * 3600) return { problems: [] };
  const message = `${name} is ${duration(age)} old, and at most ${duration(maxAgeHours * 3600)} are allowed`;
  return { problems: [{ message, remedy }] };
}

/** Seconds; undefined for a time that is yet to come. */
function ageOf(takenAt: string): number | undefined {
  const age = Date.now() - Date.parse(takenAt);
  return age < -CLOCKS_DIFFER ? undefined : Math.max(0, age) / 1000;
}

function metricsOf(proof: Proof, { cluster }: ClusterSettings): ProofMetrics {
  const { proven, startedAt, seconds, takenAt, unpacked, inspection } = proof;
  // Those of earlier runs count as well: what was proven yesterday is there when tonight's snapshot is damaged.
  const earlier = provenSnapshots(cluster.path).filter(({ compared }) => compared);
  const taken = [...earlier.map((one) => one.takenAt), proven ? takenAt : undefined]
    .filter((one) => one !== undefined)
    // By a clock that was ahead, which an earlier release has believed.
    .filter((one) => ageOf(one) !== undefined)
    .map((one) => Math.min(Date.parse(one), Date.now()) / 1000);
  return {
    ...{ proven, startedAt, seconds, unpacked, keys: inspection?.keys },
    lastProvenTakenAt: taken.sort((one, other) => other - one)[0],
  };
}

/** The answer as the operator reads it. */
export function proofText({
  stack,
  snapshot,
  proven,
  takenAt,
  nodes,
  source,
  inspection,
  unpacked,
  checks,
  unread,
}: Proof): string[] {
  const age = takenAt === undefined ? "of unknown age" : `taken ${dateAndTime(takenAt)}`;
  // Where no snapshot was found, they are why.
  const others = snapshot === undefined ? [] : unread;
  const indented = (problems: Problem[]) => problemLines(problems, { stack }).map((line) => `  ${line}`);
  return [
    ...(proven
      ? [`${snapshot} is proven, ${age}${unpacked === undefined ? "" : `, ${mebibytes(unpacked)}`}`]
      : [`NOT proven${snapshot === undefined ? "" : `: ${snapshot}`}:`]),
    ...checks.flatMap(({ problems }) => indented(problems)),
    ...(source !== undefined ? [`  in ${source}`] : []),
    ...(nodes && nodes.length > 0 ? [`  whole on ${nodes.join(", ")}`] : []),
    ...(inspection ? [`  ${openedText(inspection)}`] : []),
    ...indented(others.map(({ problem }) => ({ ...problem, message: `could not be read: ${problem.message}` }))),
  ];
}
