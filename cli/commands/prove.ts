import { rmSync } from "node:fs";
import { hostname } from "node:os";
import { readProofs } from "../../cluster/opened/provenSnapshots.ts";
import { distinct, type Problem } from "../../cluster/problem.ts";
import { dateAndTime } from "../../cluster/time.ts";
import { problemLines } from "../../messages/commands.ts";
import { mebibytes } from "../../output/planText.ts";
import { writeJunit } from "../../output/report/junit.ts";
import { failProofMetrics, type ProofMetrics, writeProofMetrics } from "../../output/telemetry/proofMetrics.ts";
import type { ClusterSettings } from "../../settings/settings.ts";
import { answer, type Proof, type ProofCheck, say } from "../answers.ts";
import { bucketToProve, withSource } from "../bucket.ts";
import { type ProveOptions, stackConfig } from "../options.ts";
import { outputFile, writeOrSay } from "../outputFile.ts";
import { ageOf, proveNow } from "../proveNow.ts";
import { openedText } from "../snapshotList.ts";
import { clusterSettingsOfStack } from "../workspace.ts";

/**
 * Proves a snapshot by its hash and by opening it, for a cron job; changes nothing on the cluster.
 * @returns 0 proven and written, 1 not.
 */
export async function prove(options: ProveOptions): Promise<number> {
  // Before the working directory is the project's.
  const junit = outputFile("--junit", options.junit);
  const metrics = outputFile("--metrics", options.metrics);
  // What an earlier run has written would pass for the result of one that ends with an error.
  if (junit !== undefined) await writeOrSay(junit, (path) => rmSync(path, { force: true }));
  const startedAt = new Date();
  const { proof, settings } = await proveAsked(options).catch(async (error: unknown) => {
    const failed = { stack: options.stack, startedAt: startedAt.toISOString() };
    if (metrics !== undefined) await writeOrSay(metrics, (path) => failProofMetrics(path, failed));
    throw error;
  });
  answer(proof, options, proofText(proof));
  const { clusterName: cluster } = settings.cluster;
  const written = [
    junit === undefined || (await writeOrSay(junit, (path) => writeJunit(path, suiteOf(proof, cluster)))),
    metrics === undefined || (await writeOrSay(metrics, (path) => writeMetrics(path, proof, settings))),
  ];
  return proof.proven && written.every(Boolean) ? 0 : 1;
}

async function proveAsked(options: ProveOptions): Promise<{ proof: Proof; settings: ClusterSettings }> {
  const { stack, snapshot, "max-age": maxAgeHours } = options;
  const settings = await clusterSettingsOfStack(withSource(stackConfig(stack, options), options.source));
  const source = options.source === undefined ? undefined : bucketToProve(settings, options.source);
  const { unread } = readProofs(settings.cluster.path);
  const { warnings, ...proved } = await proveNow(settings, { stack, snapshot, source, maxAgeHours, say });
  const proof = { ...proved, warnings: distinct([...warnings, ...(unread ? [unread] : [])]) };
  return { proof, settings };
}

function suiteOf(proof: Proof, cluster: string): Parameters<typeof writeJunit>[1] {
  const { stack, startedAt, seconds, checks, snapshot } = proof;
  const cases = checks.map(({ problems, skipped, ...check }) => ({
    name: checkText(check, proof),
    problems,
    skipped: skipped && SKIPPED[skipped],
  }));
  const properties = { cluster, ...(snapshot !== undefined && { snapshot }) };
  return { command: "prove", stack, startedAt, seconds, host: hostname(), properties, cases };
}

/** A check as a name in CI systems. */
function checkText({ check, of }: Pick<ProofCheck, "check" | "of">, { source }: Pick<Proof, "source">): string {
  switch (check) {
    case "snapshot-found":
      return "a snapshot is there";
    case "snapshot-fetched":
      return `fetched from ${source}`;
    case "hash":
      return `hash of ${of}'s copy`;
    case "opened":
      return "opened and compared with the cluster";
    case "age":
      return "age";
    case "newest-of-host":
      return `newest snapshot of ${of}`;
  }
}

const SKIPPED: Record<NonNullable<ProofCheck["skipped"]>, string> = {
  "no-whole-copy": "no copy is whole",
  "no-max-age": "no --max-age was given",
};

async function writeMetrics(file: string, proof: Proof, { cluster }: ClusterSettings): Promise<void> {
  const { stack, source = "hosts" } = proof;
  await writeProofMetrics(file, metricsOf(proof, cluster.path), { stack, cluster: cluster.clusterName, source });
}

function metricsOf(proof: Proof, clusterFile: string): ProofMetrics {
  const { proven, startedAt, seconds, source, takenAt, unpacked, inspection } = proof;
  // Proofs of earlier runs count as well: what was proven yesterday is there when tonight's snapshot is damaged.
  const earlier = readProofs(clusterFile).proofs.filter((one) => one.compared && one.source === source);
  const taken = [...earlier.map((one) => one.takenAt), proven ? takenAt : undefined]
    .filter((one) => one !== undefined)
    // By a clock that was ahead, which an earlier release has believed.
    .filter((one) => ageOf(one) !== undefined)
    .map((one) => Math.min(Date.parse(one), Date.now()) / 1000);
  return {
    proven,
    startedAt,
    seconds,
    unpacked,
    keys: inspection?.keys,
    lastProvenTakenAt: taken.sort((one, other) => other - one)[0],
  };
}

export function proofText(proof: Proof): string[] {
  const { stack, snapshot, proven, takenAt, nodes, source, inspection, unpacked, checks, warnings, unread } = proof;
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
    ...indented(warnings.map((one) => ({ ...one, message: `warning: ${one.message}` }))),
    ...indented(others.map(({ problem }) => ({ ...problem, message: `could not be read: ${problem.message}` }))),
  ];
}
