import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { nodeText } from "../cluster/clusterFile/node.ts";
import { readRestores } from "../cluster/history/hosts.ts";
import { finishedRestore } from "../cluster/history/restores.ts";
import type { Connection } from "../cluster/node/connection.ts";
import { SshError, ssh } from "../cluster/node/ssh.ts";
import { type Problem, problemOf, setRemedy } from "../cluster/problem.ts";
import {
  type ProofArgs,
  type ProofReport,
  parseProof,
  proofArgs,
  SNAPSHOT_FOLDER,
  snapshotProofScript,
} from "../cluster/snapshot/proof.ts";
import { bytesFetched, fetchedText, type PullArgs, pullScript, pullText } from "../cluster/snapshot/pull.ts";
import { relay } from "../cluster/snapshot/relay.ts";
import { describeSource, redacting, sourceSecrets } from "../cluster/snapshot/source.ts";
import { systemErrorText } from "../cluster/systemError.ts";
import { LONGEST_WAIT } from "../cluster/time.ts";
import { stepFailure } from "../messages/failure.ts";
import type { StepInput, StepReport } from "./contract.ts";
import type { Tools } from "./step.ts";

interface Timed extends Connection {
  timeoutSeconds: number;
}

type Asking = ReturnType<typeof asking>;

/** Makes sure that one node has the snapshot, proven (runbook, "Create New Node and Pull Snapshot"). */
export async function pullSnapshot(
  input: StepInput<"pull-snapshot">,
  tools: Tools,
): Promise<StepReport<"pull-snapshot">> {
  const { node, source, sha256, snapshot: name, rkeVersion, timeoutSeconds } = input;
  const redact = redacting(sourceSecrets(source));
  let fetchedBytes: number | undefined;
  const at = asking({ ...tools, timeoutSeconds }, redact, (bytes) => {
    fetchedBytes = bytes;
  });
  const failed = ({ message, remedy }: Problem) =>
    stepFailure(tools, {
      kind: "check",
      step: "pull-snapshot",
      node: node.name,
      snapshot: name,
      source: describeSource(source),
      problems: [{ message: redact(message), remedy: typeof remedy === "string" ? redact(remedy) : remedy }],
    });
  try {
    const restored = await restoredAt(input, tools);
    if (restored !== undefined) {
      at(node).say(`${name} was restored at ${restored}: it is not fetched any more`);
      return { node: node.name, fetched: false, kept: [] };
    }
    const isOnItself = source.kind === "node" && source.node.address === node.address;
    const isNew = input.isNew === true && !isOnItself;
    const report = await pull(node, { ...proofArgs(name, rkeVersion, sha256), source, isNew }, at);
    if ("failed" in report) {
      const there = isNew && sha256 === undefined ? await wholeThere(input, tools) : undefined;
      const problem = there === undefined ? report.failed : orTheOneThere(report.failed, there);
      throw failed(problemOf(nodeText(node), problem));
    }
    const { snapshot, fetched, kept, passedOver } = report;
    if (passedOver) at(node).say(`passed over: ${passedOver}`);
    for (const file of kept) at(node).say(`the file that was there is kept as ${SNAPSHOT_FOLDER}/${file}`);
    at(node).say(`${SNAPSHOT_FOLDER}/${snapshot.file} is ${fetched ? "fetched and " : ""}proven`);
    return { node: node.name, fetched, kept, ...snapshot };
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    const { timedOutAfter: seconds } = error;
    if (fetchedBytes === undefined || seconds === undefined) throw failed(error);
    throw failed(tooSlow(node, name, fetchedBytes, seconds));
  }
}

/** The sha256 of a whole snapshot of that name that a machine has, which may have been in another cluster. */
async function wholeThere(
  { node, snapshot, rkeVersion, timeoutSeconds }: StepInput<"pull-snapshot">,
  { hostKeys }: Tools,
): Promise<string | undefined> {
  const script = snapshotProofScript(proofArgs(snapshot, rkeVersion, undefined));
  const proof = await ssh({ node, script, hostKeys, timeoutSeconds }).then(parseProof, () => undefined);
  return proof && "snapshot" in proof ? proof.snapshot.content : undefined;
}

function orTheOneThere({ message, remedy }: Problem, content: string): Problem {
  const first = typeof remedy === "string" ? `${remedy}; or, ` : "";
  return {
    message: `${message}; a whole snapshot of that name is on the machine, which may be another cluster's: its sha256 is ${content}`,
    remedy: setRemedy(`${first}if that is the right one, name it`, "snapshotSha256", content),
  };
}

/** It came, and not fast enough: there is nothing to look at on the node. @internal */
export function tooSlow(
  { name }: Pick<ClusterNode, "name">,
  snapshot: string,
  bytes: number,
  seconds: number,
): Problem {
  const more = String(Math.min(seconds * 4, LONGEST_WAIT));
  const remedy =
    seconds < LONGEST_WAIT
      ? setRemedy("give it more time, as it begins anew", "waitSeconds", more)
      : `no more time can be given: copy it to ${name} by other means, as ${SNAPSHOT_FOLDER}/${snapshot}`;
  return {
    message: `the pull took longer than waitSeconds, ${seconds} s, and was cut off; ${name}: ${fetchedText(bytes)}`,
    remedy,
  };
}

/**
 * When this restore was done, as the node remembers: a pull that runs again, as the new nodes are taken out of the settings,
 * must not fail because the snapshot was deleted since. Undefined where that is not known: then it is fetched.
 */
async function restoredAt(
  { node, snapshot, run, isNew }: StepInput<"pull-snapshot">,
  tools: Tools,
): Promise<string | undefined> {
  if (run === undefined || isNew) return undefined;
  const { records } = await readRestores({ ...tools, say: () => {} }, [node]);
  return finishedRestore(records, { snapshot, run })?.finishedAt;
}

/** Copies a proven snapshot from one node to another; what is there and the same stays. */
export async function copyBetweenNodes(
  connection: Timed,
  from: ClusterNode,
  to: ClusterNode,
  snapshot: ProofArgs,
): Promise<ProofReport> {
  const at = asking(connection, (text) => text);
  return await pullFromNode(to, { ...snapshot, source: { kind: "node", node: from } }, from, at);
}

function asking(
  { hostKeys, timeoutSeconds, say }: Timed,
  redact: (text: string) => string,
  onProgress?: (bytes: number) => void,
) {
  return (node: ClusterNode) => ({
    ...{ node, hostKeys, timeoutSeconds },
    say: (text: string) => {
      const bytes = bytesFetched(text);
      if (bytes !== undefined) onProgress?.(bytes);
      say(redact(`${node.name}: ${pullText(text)}`));
    },
  });
}

async function pull(node: ClusterNode, args: PullArgs, at: Asking): Promise<ProofReport> {
  const { source } = args;
  if (source.kind === "file") return await sendFile(node, args, source.path, at);
  if (source.kind === "node") return await pullFromNode(node, args, source.node, at);
  const { script, input } = pullScript(args);
  return parseProof(await ssh({ ...at(node), script, ...(input !== undefined && { input }) }));
}

async function sendFile(node: ClusterNode, args: PullArgs, path: string, at: Asking): Promise<ProofReport> {
  const sent = await measure(path).catch((error: NodeJS.ErrnoException) => error);
  if (sent instanceof Error) {
    const message = `${path} on this machine cannot be read: ${systemErrorText(sent)}`;
    return { failed: { message, remedy: `look at it: ls -l ${path}` } };
  }
  const { script } = pullScript({ ...args, sent });
  return parseProof(await ssh({ ...at(node), script, input: createReadStream(path) }));
}

async function pullFromNode(node: ClusterNode, args: PullArgs, from: ClusterNode, at: Asking): Promise<ProofReport> {
  const proof = parseProof(await ssh({ ...at(from), script: snapshotProofScript(args) }));
  if ("failed" in proof) return { failed: problemOf(`${nodeText(from)}, the source`, proof.failed) };
  const { file, content, bytes, sha256, takenAt } = proof.snapshot;
  const known = takenAt === undefined ? {} : { takenAt };
  // RKE saves on each host by itself: a host's own save is no wrong one, and the pre-flight compares them all.
  const exact = args.sha256 === undefined ? {} : { sha256: content };
  const { script } = pullScript({ ...args, ...exact, sent: { bytes, sha256 }, ...known });
  const succeeded = (printed: string) => !("failed" in parseProof(printed));
  return parseProof(await relay({ ...at(from), file }, { ...at(node), script, succeeded }));
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
