import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { hasRole } from "../cluster/clusterFile/node.ts";
import { type EtcdView, etcdViewScript, parseEtcdAnswers } from "../cluster/etcd/view.ts";
import { parseRestores, type RestoreRecord } from "../cluster/history/restores.ts";
import { type IncompleteNode, incomplete } from "../cluster/inPlace/controlPlane.ts";
import { factsScript, type InPlaceFacts, parseFacts } from "../cluster/inPlace/facts.ts";
import { type Asked, aboutLines, type NodeAbout, parseAbout } from "../cluster/node/about.ts";
import { asRoot } from "../cluster/node/privilege.ts";
import { orUnreachable, ssh, type Unreachable } from "../cluster/node/ssh.ts";
import { type NodeState, parseState, stateLines } from "../cluster/preflight/checks.ts";
import {
  type ProofArgs,
  type ProofReport,
  parseProof,
  proofArgs,
  snapshotProofScript,
} from "../cluster/snapshot/proof.ts";
import type { Settings } from "../settings/settings.ts";

/** What a preview reads from a node, or why it could not be read. */
export interface NodeReading {
  node: ClusterNode;
  state: NodeState | Unreachable;
  about: NodeAbout;
  /** Etcd nodes only. */
  proof?: ProofReport | Unreachable;
  etcd?: EtcdView | { error: string };
  inPlace?: InPlaceFacts | Unreachable;
  /** What it lacks of the containers of its roles; absent where Docker did not answer. */
  incomplete?: IncompleteNode[];
  restores: RestoreRecord[];
}

/** How long a preview waits for what a node says of itself. */
const SECONDS = 25;
/** How long it waits for what a node looks up in its data while it may be reading a large snapshot. */
const FACTS_SECONDS = 60;

/** What to check of the snapshot on a node: the same as the step checks. */
export function proofOf({ snapshot, snapshotSha256, rke }: Settings): ProofArgs {
  return proofArgs(snapshot, rke.version, snapshotSha256);
}

/** The earliest time of any node's copy, by its name or its file, in ms since 1970; undefined where it is unknown. */
export function savedAt(nodes: NodeReading[]): number | undefined {
  const times = nodes.flatMap(({ proof }) =>
    proof && "snapshot" in proof && proof.snapshot.takenAt ? [Date.parse(proof.snapshot.takenAt)] : [],
  );
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** Reads one node, and changes nothing. Errors that an operator can fix are part of the result. */
export async function readNode(node: ClusterNode, settings: Settings): Promise<NodeReading> {
  const { hostKeys, snapshot, waitSeconds } = settings;
  const isEtcd = hasRole(node, "etcd");
  // A shared connection stays open for a while: not where one script is all that is asked.
  const asked = { node, hostKeys, timeoutSeconds: SECONDS, freshLogin: !isEtcd };
  // In one script: becoming root and a connection cost more than what is asked.
  const own = asRoot(stateLines(node, snapshot) + aboutLines(node));
  let began = Date.now();
  const begins = () => {
    began = Date.now();
  };
  const state = orUnreachable(
    ssh({ ...asked, script: own, begins }).then((said) => parseOwn(node, said, { from: began, to: Date.now() })),
  );
  // A host that says nothing of itself is not waited for any longer.
  const orSilent = async <T>(answer: Promise<T>): Promise<T | Unreachable> =>
    await Promise.race([answer, state.then(async (said) => ("unreachable" in said ? said : await answer))]);
  // Gigabytes take minutes to read; a host that is gone is noticed sooner (ServerAliveInterval).
  const proving = { ...asked, timeoutSeconds: waitSeconds, script: snapshotProofScript(proofOf(settings)) };
  const facts = async () => {
    const script = factsScript(node, snapshot);
    const printed = await ssh({ ...asked, timeoutSeconds: FACTS_SECONDS, script });
    return { facts: parseFacts(printed), restores: parseRestores(printed) };
  };
  const [now, proof, view, inPlace] = await Promise.all([
    state,
    isEtcd && orSilent(orUnreachable(ssh(proving).then(parseProof))),
    isEtcd && orUnreachable(ssh({ ...asked, script: etcdViewScript(node) }).then(parseEtcdAnswers)),
    isEtcd && orUnreachable(facts()),
  ]);
  return {
    node,
    ...("unreachable" in now ? { state: now, about: { certificates: [] } } : now),
    ...(proof && { proof }),
    ...(inPlace && { inPlace: "unreachable" in inPlace ? inPlace : inPlace.facts }),
    restores: inPlace && !("unreachable" in inPlace) ? inPlace.restores : [],
    ...(view && { etcd: "unreachable" in view ? { error: view.unreachable.message } : view }),
  };
}

function parseOwn(
  node: ClusterNode,
  printed: string,
  asked: Asked,
): Pick<NodeReading, "state" | "about" | "incomplete"> {
  const state = parseState(printed);
  return {
    state,
    about: parseAbout(printed, asked),
    ...(state.docker !== undefined && { incomplete: incomplete(node, printed) }),
  };
}
