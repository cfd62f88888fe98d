import { existingEtcdNodes } from "../cluster/clusterFile/replacement.ts";
import { ssh } from "../cluster/node/ssh.ts";
import { CLOCKS_DIFFER } from "../cluster/opened/content.ts";
import { inspectSnapshot } from "../cluster/opened/inspection.ts";
import type { OpenableCopy } from "../cluster/opened/openOnFirst.ts";
import { type ProvenSnapshot, rememberProof } from "../cluster/opened/provenSnapshots.ts";
import { type Problem, SEE_RECURRING, setRemedy } from "../cluster/problem.ts";
import { defectText } from "../cluster/scriptProblems/defects.ts";
import { type ListedSnapshot, seemsSnapshot } from "../cluster/snapshot/list.ts";
import { proofArgs, snapshotProofScript } from "../cluster/snapshot/proof.ts";
import { describeSource, type S3Source } from "../cluster/snapshot/source.ts";
import { duration } from "../cluster/time.ts";
import type { ClusterSettings } from "../settings/settings.ts";
import type { Proof, ProofCheck } from "./answers.ts";
import { withFetched } from "./bucket.ts";
import { listSnapshots, proofByOpening, proofOn, snapshotNamed } from "./snapshotList.ts";

interface ProveArgs {
  stack: string;
  /** The newest where it is not given. */
  snapshot?: string | undefined;
  /** The bucket that it is fetched from; without one it is on the etcd hosts. */
  source?: S3Source | undefined;
  maxAgeHours?: number | undefined;
  say: (line: string) => void;
}

export async function proveNow(settings: ClusterSettings, asked: ProveArgs): Promise<Proof> {
  const started = Date.now();
  const { source } = asked;
  const found = source ? await proveInBucket(settings, source, asked) : await proveOnHosts(settings, asked, started);
  return {
    command: "prove",
    stack: asked.stack,
    startedAt: new Date(started).toISOString(),
    seconds: Math.round((Date.now() - started) / 100) / 10,
    proven: found.checks.every(({ problems }) => problems.length === 0),
    ...found,
  };
}

type Found = Omit<Proof, "command" | "stack" | "startedAt" | "seconds" | "proven">;

async function proveOnHosts(settings: ClusterSettings, asked: ProveArgs, now: number): Promise<Found> {
  const { snapshots, unread } = await listSnapshots(settings);
  const chosen = choose(snapshots, asked.snapshot, now);
  if (!chosen) return { checks: [nothing(asked, unread)], warnings: [], unread };
  const { name, missingOn } = chosen;
  const proved = await proveOne(settings, chosen, asked);
  // A host whose own snapshots are never the newest of all may have stopped saving them.
  const others = asked.snapshot === undefined ? missingOn.map((node) => newestOn(node, snapshots, asked)) : [];
  const warnings = [
    ...proved.warnings,
    ...missingWarning(settings, name, missingOn, proved.nodes),
    ...(asked.snapshot === undefined ? passedOver(snapshots, chosen, now) : []),
  ];
  return { snapshot: name, ...proved, missingOn, checks: [...proved.checks, ...others], warnings, unread };
}

function newestOn(node: string, snapshots: ListedSnapshot[], asked: ProveArgs): ProofCheck {
  const about = { check: "newest-of-host" as const, of: node };
  const newest = snapshots.find(({ copies }) =>
    copies.some((copy) => copy.node === node && copy.file.wrong === undefined),
  );
  if (newest) return { ...about, ...ageCheck(`${newest.name}, the newest on ${node},`, newest.takenAt, asked) };
  return { ...about, problems: [{ message: `there is no snapshot on ${node}`, remedy: SEE_RECURRING }] };
}

/** For a rollback wants it on every etcd host; RKE's recurring snapshots are on one each, where their names differ by seconds. */
function missingWarning(settings: ClusterSettings, name: string, missingOn: string[], whole: string[]): Problem[] {
  const [from] = existingEtcdNodes(settings).filter((node) => whole.includes(node.name));
  if (missingOn.length === 0 || !from) return [];
  const message = `${name} is not on ${missingOn.join(", ")}, and a rollback to it needs it on every etcd host`;
  return [{ message, remedy: setRemedy("have the rollback fetch it", "snapshotSource", `node:${from.address}`) }];
}

/** How many snapshots are opened to find one of this cluster in a folder that others use, too: each is fetched whole. */
const MOST_OPENED = 5;

/** The named snapshot in a bucket, or the newest of this cluster. */
async function proveInBucket(settings: ClusterSettings, source: S3Source, asked: ProveArgs): Promise<Found> {
  const others: string[] = [];
  for (;;) {
    const found = await proveFetched(settings, source, { ...asked, passOver: others });
    const ofOther = asked.snapshot === undefined && found.inspection?.cluster === "other";
    if (!ofOther || found.snapshot === undefined || others.length === MOST_OPENED - 1) {
      return { ...found, warnings: [...found.warnings, ...othersWarning(others, describeSource(source))] };
    }
    others.push(found.snapshot);
  }
}

function othersWarning(others: string[], place: string): Problem[] {
  if (others.length === 0) return [];
  const message = `passed over ${others.join(", ")} in ${place}: of another cluster`;
  return [{ message, remedy: "give each cluster a folder of its own: services.etcd.backup_config.s3backupconfig" }];
}

/** Fetches the snapshot onto an etcd host, proves it there, and removes it. */
async function proveFetched(
  settings: ClusterSettings,
  source: S3Source,
  asked: ProveArgs & { passOver: string[] },
): Promise<Found> {
  const [place, unread] = [describeSource(source), []];
  const check = "snapshot-fetched";
  return await withFetched(settings, { ...asked, source }, async (fetched) => {
    if ("failed" in fetched) {
      return { source: place, checks: [{ check, problems: fetched.failed }], warnings: [], unread };
    }
    const { snapshot, takenAt, copy } = fetched;
    const copies = [copy];
    const about = { name: snapshot, copies, takenAt, proven: { nodes: [], source: place } };
    const { checks, ...opened } = await proveByOpening(settings, about, asked);
    return { source: place, snapshot, ...opened, checks: [{ check, problems: [] }, ...checks], unread };
  });
}

async function proveOne(
  settings: ClusterSettings,
  chosen: ListedSnapshot,
  asked: ProveArgs,
): Promise<Omit<Found, "unread"> & { nodes: string[] }> {
  const { name, takenAt, same } = chosen;
  asked.say(`proving ${name} on ${chosen.copies.map(({ node }) => node).join(", ")}`);
  const hashed = await proveHashes(settings, chosen);
  const copies = hashed.flatMap(({ copy }) => copy ?? []);
  const hashes: ProofCheck[] = hashed.map(({ node, problems }) => ({ check: "hash", of: node, problems }));
  const nodes = copies.map(({ node }) => node.name);
  if (copies.length === 0) {
    const skipped = "no-whole-copy" as const;
    const others = (["opened", "age"] as const).map((check) => ({ check, problems: [], skipped }));
    return { checks: [...hashes, ...others], warnings: [], nodes };
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
  asked: ProveArgs,
): Promise<Pick<Found, "checks" | "warnings" | "takenAt" | "unpacked" | "inspection">> {
  const { name, copies } = about;
  const { hostKeys, rancher, cluster } = settings;
  asked.say(`opening ${name}`);
  const inspected = await inspectSnapshot(copies, { name, hostKeys, rancher, savedAt: about.takenAt });
  const result = "failed" in inspected ? undefined : inspected;
  const proof = result && proofByOpening("prove", name, result, copies);
  const takenAt = proof?.takenAt ?? about.takenAt;
  const problems = "failed" in inspected ? [inspected.failed] : inspected.problems;
  const notKept =
    proof && problems.length === 0
      ? rememberProof(cluster.path, { ...proof, ...about.proven, ...(takenAt !== undefined && { takenAt }) })
      : undefined;
  return {
    warnings: notKept ? [notKept] : [],
    ...(proof && { unpacked: proof.unpacked }),
    ...(takenAt !== undefined && { takenAt }),
    ...(result && { inspection: result }),
    checks: [
      { check: "opened", problems },
      { check: "age", ...ageCheck(name, takenAt, asked) },
    ],
  };
}

/** A file that was written so lately may still be written, ms. */
const BEING_WRITTEN = 120_000;

function choose(all: ListedSnapshot[], name: string | undefined, now: number): ListedSnapshot | undefined {
  if (name !== undefined) return snapshotNamed(all, name);
  return all.find(({ copies }) =>
    copies.some(
      ({ file }) => file.wrong === undefined || (seemsSnapshot(file) && file.changedAt < now - BEING_WRITTEN),
    ),
  );
}

/** Newer files that may be damaged snapshots with names of one's own. What is called like another snapshot belongs to that. */
function passedOver(all: ListedSnapshot[], { name: chosen, takenAt = "" }: ListedSnapshot, now: number): Problem[] {
  const isBeside = (name: string) =>
    name.endsWith(".rkestate") || all.some((other) => other.name !== name && name.startsWith(`${other.name}.`));
  const newer = all.filter((one) => one.name !== chosen && (one.takenAt ?? "") > takenAt && !isBeside(one.name));
  return newer.flatMap(({ copies }) => {
    const [first] = copies;
    if (!first?.file.wrong) return [];
    if (copies.some(({ file }) => file.wrong === undefined || file.changedAt >= now - BEING_WRITTEN)) return [];
    const nodes = copies.map(({ node }) => node).join(", ");
    const message = `${first.file.file} on ${nodes} is newer than ${chosen}, but was passed over: it ${defectText(first.file.wrong)}`;
    return [{ message, remedy: "if it should be a snapshot, take another, and look for room: df -h /opt/rke" }];
  });
}

function nothing({ snapshot }: ProveArgs, unread: Proof["unread"]): ProofCheck {
  const where = unread.length > 0 ? "any etcd host that answers" : "any etcd host";
  const message = `there is no snapshot ${snapshot === undefined ? "" : `${snapshot} `}on ${where}`;
  const missing = { message, remedy: SEE_RECURRING };
  return { check: "snapshot-found", problems: [...unread.map(({ problem }) => problem), missing] };
}

/** As the pre-flight checks of a rollback do, of every host that has a copy. */
async function proveHashes(
  settings: ClusterSettings,
  chosen: ListedSnapshot,
): Promise<{ node: string; copy?: OpenableCopy; problems: Problem[] }[]> {
  const { hostKeys, rke, waitSeconds } = settings;
  const script = snapshotProofScript(proofArgs(chosen.name, rke.version));
  const having = existingEtcdNodes(settings).filter(({ name }) => chosen.copies.some(({ node }) => node === name));
  return await Promise.all(
    having.map(async (node) => {
      const proof = await proofOn(node, ssh({ node, script, hostKeys, timeoutSeconds: waitSeconds }));
      if ("failed" in proof) return { node: node.name, problems: [proof.failed] };
      const { file, unpacked } = proof.snapshot;
      return { node: node.name, copy: { node, file, bytes: unpacked }, problems: [] };
    }),
  );
}

function ageCheck(name: string, takenAt: string | undefined, { maxAgeHours }: ProveArgs): Omit<ProofCheck, "check"> {
  if (maxAgeHours === undefined) return { problems: [], skipped: "no-max-age" };
  const remedy = SEE_RECURRING;
  const age = takenAt === undefined ? undefined : ageOf(takenAt);
  if (age === undefined) return { problems: [{ message: `the age of ${name} is unknown`, remedy }] };
  if (age <= maxAgeHours * 3600) return { problems: [] };
  const message = `${name} is ${duration(age)} old, and at most ${duration(maxAgeHours * 3600)} are allowed`;
  return { problems: [{ message, remedy }] };
}

/** Seconds; undefined for a time that is yet to come. */
export function ageOf(takenAt: string): number | undefined {
  const age = Date.now() - Date.parse(takenAt);
  return age < -CLOCKS_DIFFER ? undefined : Math.max(0, age) / 1000;
}
