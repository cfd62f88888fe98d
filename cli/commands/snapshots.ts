import { inspectSnapshot } from "../../cluster/opened/inspection.ts";
import {
  type ProvenSnapshot,
  proofInBucket,
  proofOf,
  provenSnapshots,
  rememberProof,
} from "../../cluster/opened/provenSnapshots.ts";
import { defectText } from "../../cluster/scriptProblems/defects.ts";
import { shellWord } from "../../cluster/shell.ts";
import type { ListedSnapshot } from "../../cluster/snapshot/list.ts";
import { describeSource, type S3Source } from "../../cluster/snapshot/source.ts";
import { dateAndTime, duration } from "../../cluster/time.ts";
import { problemLines } from "../../messages/commands.ts";
import { contentLines, mebibytes } from "../../output/planText.ts";
import type { ClusterSettings } from "../../settings/settings.ts";
import { answer, type Bucket, type SnapshotLine, type Snapshots, say } from "../answers.ts";
import { bucketsOf, listBucket } from "../bucket.ts";
import { type SnapshotsOptions, stackConfig } from "../options.ts";
import { Refusal } from "../refusal.ts";
import { listSnapshots, openableCopies, proofByOpening, snapshotNamed } from "../snapshotList.ts";
import { clusterSettingsOfStack } from "../workspace.ts";

/**
 * Lists the snapshots on every etcd host and in S3; changes nothing on the cluster.
 * @returns 0, or 1 where a host or a bucket could not be asked, or a snapshot that was to be opened has a problem.
 */
export async function snapshots(options: SnapshotsOptions): Promise<number> {
  const settings = await clusterSettingsOfStack(stackConfig(options.stack, options));
  const found = await findSnapshots(settings, { stack: options.stack, open: options.open ?? [], say });
  answer(found, options, snapshotsText(found, Date.now()));
  const unread = found.unread.length > 0 || found.buckets.some(({ problems }) => problems.length > 0);
  return unread || found.snapshots.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

/** What `snapshots` does once it has read the stack. `say` prints a line of progress. */
export async function findSnapshots(
  settings: ClusterSettings,
  { stack, open, say }: { stack: string; open: string[]; say: (line: string) => void },
): Promise<Snapshots> {
  const [{ snapshots: listed, asked, unread }, buckets] = await Promise.all([
    listSnapshots(settings),
    Promise.all(bucketsOf(settings).map((source) => bucketLines(settings, source))),
  ]);
  const named = open.map((typed) => ({ typed, found: snapshotNamed(listed, typed) }));
  const unknown = named.filter(({ typed, found }) => typed !== "all" && !found).map(({ typed }) => typed);
  if (unknown.length > 0) {
    const known = listed.map(({ name }) => name).join(", ");
    const message = `there is no snapshot ${unknown.join(", ")} on ${asked.join(", ") || "any etcd host"}; there are: ${known || "none"}`;
    const [newest] = listed;
    const remedy = newest
      ? { text: "For example", command: `snapshots --open ${shellWord(newest.name)}` }
      : { text: "To see those in S3", command: "snapshots" };
    throw Refusal.plain({ message, remedy }, stack);
  }
  const opened = new Map<string, Pick<SnapshotLine, "problems">>();
  // One after the other: each needs room and memory on a host that runs etcd.
  for (const one of listed) {
    if (open.includes("all") || named.some(({ found }) => found === one))
      opened.set(one.name, await openOne(settings, one, say));
  }
  const proofs = provenSnapshots(settings.cluster.path);
  const lines = listed.map((one) => lineOf(one, proofs, opened.get(one.name)?.problems ?? []));
  return { command: "snapshots", stack, snapshots: lines, buckets, unread };
}

async function bucketLines(settings: ClusterSettings, source: S3Source): Promise<Bucket> {
  const place = describeSource(source);
  const listed = await listBucket(settings, source);
  if ("failed" in listed) return { place, objects: [], problems: listed.failed };
  const proofs = provenSnapshots(settings.cluster.path);
  const objects = listed.objects.map((object) => {
    const proof = proofInBucket(proofs, { place, ...object });
    return { ...object, ...provenPart(proof) };
  });
  return { place, objects, problems: [] };
}

async function openOne(
  settings: ClusterSettings,
  snapshot: ListedSnapshot,
  say: (line: string) => void,
): Promise<Pick<SnapshotLine, "problems">> {
  const { name } = snapshot;
  const copies = openableCopies(settings, snapshot);
  if (copies.length === 0) {
    const why = snapshot.copies.flatMap(({ node, file }) => wrongText({ node, ...file })).join("; ");
    return { problems: [{ message: why, remedy: "name another snapshot" }] };
  }
  say(`opening ${name}`);
  const { hostKeys, rancher, cluster } = settings;
  const inspected = await inspectSnapshot(copies, { name, hostKeys, rancher, savedAt: snapshot.takenAt });
  if ("failed" in inspected) return { problems: [inspected.failed] };
  const { problems } = inspected;
  rememberProof(cluster.path, {
    ...proofByOpening("snapshots", name, inspected, copies),
    compared: problems.length === 0,
    // What is the same on other hosts is proven with it.
    ...(snapshot.same && { nodes: copies.map(({ node }) => node.name) }),
  });
  return { problems };
}

function lineOf(snapshot: ListedSnapshot, proofs: ProvenSnapshot[], problems: SnapshotLine["problems"]): SnapshotLine {
  const { name, takenAt, copies, missingOn, same } = snapshot;
  const [proven] = copies.flatMap(({ node, file }) => {
    const { unpacked, changedAt } = file;
    return proofOf(proofs, { name, node, unpacked, changedAt }) ?? [];
  });
  const unpacked = copies.find(({ file }) => file.unpacked !== undefined)?.file.unpacked;
  const at = proven?.holds?.takenAt ?? takenAt;
  return {
    name,
    ...(at !== undefined && { takenAt: at }),
    ...(unpacked !== undefined && { unpacked }),
    copies: copies.map(({ node, file: { file, bytes, wrong } }) => ({ node, file, bytes, ...(wrong && { wrong }) })),
    missingOn,
    ...(same !== undefined && { same }),
    ...provenPart(proven),
    problems,
  };
}

function provenPart(proof: ProvenSnapshot | undefined): Pick<SnapshotLine, "proven" | "holds"> {
  if (!proof) return {};
  const { how, by, at, nodes, holds } = proof;
  return { proven: { how, by, at, nodes }, ...(holds && { holds }) };
}

/** The answer as the operator reads it. @param now ms since 1970. */
export function snapshotsText({ stack, snapshots: found, buckets, unread }: Snapshots, now: number): string[] {
  const silent = unread.map(({ problem }) => ({ ...problem, message: `could not be read: ${problem.message}` }));
  const none = found.length === 0 && unread.length === 0 ? ["there are no snapshots on the etcd hosts"] : [];
  return [
    ...none,
    ...found.flatMap((one) => lineText(one, stack, now)),
    ...buckets.flatMap((one) => bucketText(one, stack, now)),
    ...problemLines(silent, { stack }),
  ];
}

function ageText(takenAt: string | undefined, now: number): string {
  if (takenAt === undefined) return "age unknown";
  return `${dateAndTime(takenAt)}, ${duration(Math.max(0, now - Date.parse(takenAt)) / 1000)} ago`;
}

function bucketText({ place, objects, problems }: Bucket, stack: string, now: number): string[] {
  if (problems.length > 0)
    return [`${place} cannot be listed:`, ...problemLines(problems, { stack }).map((line) => `    ${line}`)];
  return [
    `${place}: ${objects.length} ${objects.length === 1 ? "snapshot" : "snapshots"}`,
    ...objects.flatMap((one) => [
      `    ${one.file}  ${ageText(one.takenAt, now)}  ${mebibytes(one.bytes)}`,
      ...provenLines(one).map((line) => `        ${line}`),
    ]),
  ];
}

function lineText(one: SnapshotLine, stack: string, now: number): string[] {
  const { name, takenAt, unpacked, copies, missingOn, same, problems } = one;
  const whole = copies.filter(({ wrong }) => wrong === undefined);
  return [
    [name, ageText(takenAt, now), ...(unpacked === undefined ? [] : [mebibytes(unpacked)])].join("  "),
    ...(whole.length > 0 ? [`    on ${whole.map(({ node }) => node).join(", ")}${sameText(same)}`] : []),
    ...(missingOn.length > 0 ? [`    not on ${missingOn.join(", ")}`] : []),
    ...copies.flatMap((copy) => wrongText(copy).map((line) => `    ${line}`)),
    ...provenLines(one).map((line) => `    ${line}`),
    ...problemLines(problems, { stack }).map((line) => `    ${line}`),
  ];
}

function wrongText({ node, file, wrong }: Pick<SnapshotLine["copies"][number], "node" | "file" | "wrong">): string[] {
  return wrong ? [`${node}: ${file} ${defectText(wrong)}`] : [];
}

function sameText(same: boolean | undefined): string {
  if (same === undefined) return "";
  return same ? ", the same on all" : ", saved by each host for itself: the copies differ";
}

function provenLines({ holds, proven }: Pick<SnapshotLine, "holds" | "proven">): string[] {
  return [...contentLines(holds), ...(proven ? [provenText(proven)] : [])];
}

function provenText({ how, by, at, nodes }: NonNullable<SnapshotLine["proven"]>): string {
  const way = how === "opened" ? "opened" : "proven by its own hash";
  const where = nodes.length > 0 ? ` on ${nodes.join(", ")}` : "";
  return `${way}${where} at ${dateAndTime(at)} by ${by}`;
}
