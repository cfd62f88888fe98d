import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { PassThrough, type Readable } from "node:stream";
import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { type SshArgs, SshError, ssh } from "../cluster/node/ssh.ts";
import {
  type ProofReport,
  parseProof,
  SNAPSHOT_FOLDER,
  sendScript,
  snapshotProofScript,
} from "../cluster/snapshot/proof.ts";
import { type PullArgs, pullScript } from "../cluster/snapshot/pull.ts";
import { describeSource, type SnapshotSource, sourceSecrets } from "../cluster/snapshot/source.ts";
import { StepFailure } from "../messages/failure.ts";
import { goOn } from "../messages/goOn.ts";
import { notReached } from "../messages/pointOfNoReturn.ts";
import type { StepOptions } from "./main.ts";

/** What the program hands to this step on standard input; a secret as a whole. */
export interface PullInput {
  /** The node that is to have the snapshot. It need not be in the cluster file yet. */
  node: ClusterNode;
  source: SnapshotSource;
  /** Of the file, or of the snapshot inside a zip. */
  sha256?: string;
}

interface Line extends Pick<SshArgs, "hostKeys" | "timeoutSeconds"> {
  say: (who: ClusterNode) => (line: string) => void;
}

/** Makes sure that one node has the snapshot, proven (runbook, "Create New Node and Pull Snapshot"). */
export async function pullSnapshot(options: StepOptions): Promise<object> {
  const { snapshot: name = "" } = options;
  const { node, source, sha256 } = JSON.parse(await options.input()) as PullInput;
  const redact = redacting(sourceSecrets(source));
  const line = lineOf(options, redact);
  const failed = (happened: string, next: string) =>
    new StepFailure(failure(node, redact(happened), redact(next), describeSource(source), options));
  try {
    const report = await pull(node, { name, source, ...(sha256 && { sha256 }) }, line);
    if ("failed" in report) throw failed(`${node.name} (${node.address}): ${report.failed}`, report.next);
    const { snapshot, fetched, kept } = report;
    for (const file of kept) line.say(node)(`the file that was there is kept as ${SNAPSHOT_FOLDER}/${file}`);
    line.say(node)(`${SNAPSHOT_FOLDER}/${snapshot.file} is ${fetched ? "fetched and " : ""}proven`);
    return { node: node.name, fetched, kept, ...snapshot };
  } catch (error) {
    if (error instanceof SshError) throw failed(error.message, error.next);
    throw error;
  }
}

/** Copies a proven snapshot from one node to another; what is there and the same stays. */
export async function copyBetweenNodes(
  options: StepOptions,
  from: ClusterNode,
  to: ClusterNode,
  name: string,
): Promise<ProofReport> {
  const line = lineOf(options, (text) => text);
  return await relay(to, { name, source: { kind: "node", node: from } }, from, line);
}

function lineOf(options: StepOptions, redact: (text: string) => string): Line {
  const { knownHostsFile, allowUnknownHostKeys, timeoutSeconds } = options;
  return {
    hostKeys: { allowUnknown: allowUnknownHostKeys, ...(knownHostsFile && { knownHostsFile }) },
    timeoutSeconds,
    say: (who) => (text) => options.say(redact(`${who.name}: ${text}`)),
  };
}

async function pull(node: ClusterNode, args: PullArgs, line: Line): Promise<ProofReport> {
  const { source } = args;
  if (source.kind === "file") return await sendFile(node, args, source.path, line);
  if (source.kind === "node") return await relay(node, args, source.node, line);
  const { script, input } = pullScript(args);
  return parseProof(await ssh({ node, script, ...(input !== undefined && { input }), ...at(node, line) }));
}

async function sendFile(node: ClusterNode, args: PullArgs, path: string, line: Line): Promise<ProofReport> {
  const sent = await measure(path).catch((error: NodeJS.ErrnoException) => error);
  if (sent instanceof Error) {
    return { failed: `${path} on this machine cannot be read: ${sent.code}`, next: `look at it: ls -l ${path}` };
  }
  // What is there must be this file, not only any snapshot of that name.
  const { script } = pullScript({ ...args, sha256: args.sha256 ?? sent.sha256, sent });
  return parseProof(await ssh({ node, script, input: createReadStream(path), ...at(node, line) }));
}

/** Through this machine, so that no node needs a key of another. */
async function relay(node: ClusterNode, args: PullArgs, from: ClusterNode, line: Line): Promise<ProofReport> {
  const proof = parseProof(
    await ssh({ node: from, script: snapshotProofScript(args.name, args.sha256), ...at(from, line) }),
  );
  if ("failed" in proof)
    return { failed: `${from.name} (${from.address}), the source: ${proof.failed}`, next: proof.next };
  const { file, content, bytes, sha256 } = proof.snapshot;
  const { script } = pullScript({ ...args, sha256: content, sent: { bytes, sha256 } });
  const wire: Readable & PassThrough = new PassThrough();
  const [there, here] = await Promise.allSettled([
    ssh({ node: from, script: sendScript(file), output: wire, ...at(from, line) }),
    ssh({ node, script, input: wire, ...at(node, line) }),
  ]);
  if (here.status === "rejected") throw here.reason;
  const report = parseProof(here.value);
  // The sender is hung up on when the node needs nothing more; only a node that got too little says more by its error.
  if ("failed" in report && there.status === "rejected") throw there.reason;
  return report;
}

function at(node: ClusterNode, { hostKeys, timeoutSeconds, say }: Line) {
  return { hostKeys, timeoutSeconds, say: say(node) };
}

async function measure(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** Programs on a node may repeat what they were given. */
function redacting(secrets: string[]): (text: string) => string {
  const longestFirst = [...secrets].sort((one, other) => other.length - one.length);
  return (text) => longestFirst.reduce((left, secret) => left.replaceAll(secret, "[secret]"), text);
}

function failure(
  node: ClusterNode,
  happened: string,
  next: string,
  from: string,
  { snapshot, stack, clusterFile }: StepOptions,
) {
  return {
    step: `the pull of snapshot ${snapshot} onto ${node.name} from ${from}`,
    happened: [happened],
    done: "nothing that changes the cluster; snapshots that were there are untouched, a part of a new one is taken away",
    notDone: "this pull, the cluster file, the etcd restore and everything after it",
    pointOfNoReturn: notReached(clusterFile, "not reached; fetching a snapshot wipes nothing"),
    next: [next, goOn(stack)],
  };
}
