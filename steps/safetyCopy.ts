import { besideClusterFile, type ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { keepTokens, readTokens } from "../cluster/downstream/serviceAccountTokens.ts";
import { orError, type Unreadable } from "../cluster/kubernetes/unreadable.ts";
import { type Problem, type Remedy, setRemedy } from "../cluster/problem.ts";
import { copyBeforeUnfinishedWipe, type EarlierCopy } from "../cluster/safetyCopy/earlierCopy.ts";
import type { SafetyCopyReport } from "../cluster/safetyCopy/report.ts";
import { bestSource } from "../cluster/safetyCopy/safetyCopy.ts";
import { parseProof, proofArgs, snapshotProofScript } from "../cluster/snapshot/proof.ts";
import { keepFiles } from "../cluster/stateFolder/keep.ts";
import { timeStamp } from "../cluster/time.ts";
import { stepFailure } from "../messages/failure.ts";
import type { StepInput } from "./contract.ts";
import { type AskedHost, askHosts, copyTo, run, type Saving, saveEverywhere } from "./saveEverywhere.ts";
import type { Tools } from "./step.ts";

/** Saves what the wipe destroys (design law 4): a snapshot of now on every etcd host, and all that belongs to it. */
export async function safetyCopy(input: StepInput<"safety-copy">, tools: Tools): Promise<SafetyCopyReport> {
  const { clusterFile } = tools;
  const saving = savingOf(input, tools);
  const name = `safety-${timeStamp(new Date().toISOString())}`;
  const hosts = await askHosts(saving);
  const earlier = copyBeforeUnfinishedWipe(clusterFile);
  const staying = bestSource(hosts.filter(({ node }) => input.hosts.includes(node.name)));
  const best = staying?.live || earlier ? staying : (answering(hosts) ?? staying);
  if (earlier && !best?.live) {
    const kept = await keepEarlier(saving, hosts, earlier);
    tellOf(kept, tools);
    return kept;
  }
  if (earlier) {
    const message = `an earlier restore did not finish; the old data are in ${earlier.name}`;
    const text = "keep that snapshot until the cluster is as you want it; to see where it is";
    tools.warn({ message, remedy: { text, command: "snapshots" } });
  }
  if (!best) throw saving.fail([nothingToSave(hosts)]);
  // Read beside the copy, which takes longer.
  const reading = input.keepTokens && orError(() => readTokens(besideClusterFile(clusterFile).kubeconfig));
  const report = await saveEverywhere(saving, { name, folder: "safety", hosts, best });
  if (reading) keepTokensOfNow(await reading, report, tools);
  const kept = earlier?.isFound ? await keepWhole(saving, hosts, earlier) : undefined;
  tellOf(kept ?? report, tools);
  return kept ?? report;
}

/**
 * The way back of a restore that goes without a safety copy of its own, where one before it may have wiped: the copy that was
 * saved for that. Undefined where there is none, or it is whole on no host.
 */
export async function earlierWayBack(
  input: Pick<StepInput<"safety-copy">, "rancher" | "rkeVersion" | "timeoutSeconds">,
  etcdHosts: ClusterNode[],
  tools: Tools,
): Promise<SafetyCopyReport | undefined> {
  const earlier = copyBeforeUnfinishedWipe(tools.clusterFile);
  if (!earlier) return undefined;
  const hosts = etcdHosts.map((node) => ({ node }));
  const kept = await keepWhole(savingOf(input, tools), hosts, earlier);
  if (kept) tellOf(kept, tools);
  return kept;
}

function tellOf({ name, nodes, bytes }: SafetyCopyReport, { tell }: Tools): void {
  tell({ event: "safety-copy", name, nodes, bytes });
}

class Unkept extends Error {
  readonly problems: Problem[];
  constructor(problems: Problem[]) {
    super();
    this.problems = problems;
  }
}

/** Undefined, with a warning, where it cannot be kept. */
async function keepWhole(
  saving: Saving,
  hosts: Pick<AskedHost, "node">[],
  earlier: EarlierCopy,
): Promise<SafetyCopyReport | undefined> {
  const own = { ...saving, fail: (problems: Problem[]) => new Unkept(problems) };
  return await keepEarlier(own, hosts, earlier).catch((error: unknown) => {
    if (!(error instanceof Unkept)) throw error;
    for (const problem of error.problems) saving.warn(problem);
    return undefined;
  });
}

/** A new machine has no etcd: a replacement whose etcd answers is one of an earlier rollback, and has the data of now. */
function answering(hosts: AskedHost[]): ReturnType<typeof bestSource<ClusterNode>> {
  return bestSource(hosts.filter(({ source }) => source.revision !== undefined));
}

function nothingToSave(hosts: AskedHost[]): Problem {
  const kept = hosts.filter(({ source }) => source.writtenAt > 0).map(({ node }) => node.name);
  if (kept.length === 0) return { message: "no etcd host has data that could be saved", remedy: NO_COPY };
  return {
    message: `no etcd answers and no etcd host that stays has a database; ${kept.join(", ")}, which replace others, have one`,
    remedy: "take what is replaced already out of replacements, or start etcd there: docker start etcd",
  };
}

/** The snapshot's tokens may be dead, as rancher/docs say of Rancher before 2.0.11 and 2.1.6. */
function keepTokensOfNow(
  tokens: Awaited<ReturnType<typeof readTokens>> | Unreadable,
  { name, folder }: SafetyCopyReport,
  { say, warn }: Tools,
): void {
  if ("error" in tokens) {
    const message = `the service-account tokens of Rancher's clusters cannot be read, they are in ${name} alone: ${tokens.error}`;
    warn({ message, remedy: "see docs/downstream.md, before that copy is removed" });
    return;
  }
  if (tokens.length === 0) return;
  keepTokens(folder, tokens);
  say(`kept the service-account tokens of ${tokens.map((token) => token.name).join(", ")}`);
}

/** What an unfinished restore has left in etcd is no way back: the copy made before it remains that, on every etcd host. */
async function keepEarlier(
  saving: Saving,
  hosts: Pick<AskedHost, "node">[],
  earlier: EarlierCopy,
): Promise<SafetyCopyReport> {
  const { name, saved } = earlier;
  const script = snapshotProofScript(proofArgs(name, saving.rkeVersion, saved?.sha256));
  const proofs = await Promise.all(
    hosts.map(async ({ node }) => ({
      node,
      proof: parseProof(await run(saving, node, script, saving.timeoutSeconds)),
    })),
  );
  const [whole] = proofs.flatMap(({ node, proof }) => ("snapshot" in proof ? [{ node, ...proof }] : []));
  if (!whole) {
    const message = `the safety copy ${name}, made before the restore that did not finish, is on no etcd host or damaged`;
    throw saving.fail([{ message, remedy: SKIP }]);
  }
  for (const { node, proof } of proofs) {
    // Where its hash is not known here, one of two that differ may be another one's.
    if ("snapshot" in proof && proof.snapshot.content !== whole.snapshot.content) {
      const message = `${node.name} has another snapshot ${name} than ${whole.node.name}`;
      throw saving.fail([{ message, remedy: `find out which is the safety copy, and remove the other one` }]);
    }
    if (!("snapshot" in proof)) await copyTo(saving, whole.node, node, name, whole.snapshot);
  }
  saving.say(`an earlier restore did not finish: ${name}, made before it, remains the way back`);
  const nodes = hosts.map(({ node }) => node.name);
  return saved ? { ...saved, nodes } : keptHere(saving, earlier, { nodes, ...whole.snapshot });
}

/** What another machine has saved is known to this one from now on; what belongs to the copy is kept there. */
function keptHere(
  { clusterFile }: Saving,
  { name, rancherImage }: EarlierCopy,
  { nodes, bytes, sha256, state }: Pick<SafetyCopyReport, "nodes" | "bytes" | "sha256" | "state">,
): SafetyCopyReport {
  const report = { name, kind: "live" as const, nodes, bytes, sha256, state, rancherImage };
  const manifest = JSON.stringify(report, undefined, 2);
  return { ...report, folder: keepFiles(clusterFile, `safety/${name}`, [], { "manifest.json": manifest }) };
}

const NO_COPY: Remedy = setRemedy(
  "start etcd where its data are, or continue without a way back",
  "safetyCopy",
  "skip",
);
const SKIP: Remedy = setRemedy("make room there, or continue without a way back", "safetyCopy", "skip");

function savingOf(
  { rancher, rkeVersion, timeoutSeconds }: Pick<StepInput<"safety-copy">, "rancher" | "rkeVersion" | "timeoutSeconds">,
  tools: Tools,
): Saving {
  const { clusterFile, hostKeys, say, warn } = tools;
  return {
    ...{ clusterFile, hostKeys, say, warn, rancher, rkeVersion, timeoutSeconds },
    noRoom: (node, { path, needed, free }) => ({
      message: `${node}: a safety copy needs ${needed} in ${path}, there are ${free}`,
      remedy: SKIP,
    }),
    fail: (problems) => stepFailure(tools, { kind: "check", step: "safety-copy", problems }),
  };
}
