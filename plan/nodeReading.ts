import { X509Certificate } from "node:crypto";
import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { hasRole } from "../cluster/clusterFile/node.ts";
import { type EtcdView, etcdViewScript, parseEtcdAnswers } from "../cluster/etcd/view.ts";
import { parseRestores, type RestoreRecord } from "../cluster/history/restores.ts";
import { factsScript, type InPlaceFacts, parseFacts } from "../cluster/inPlace/facts.ts";
import { asRoot } from "../cluster/node/privilege.ts";
import type { Asked } from "../cluster/node/restarts.ts";
import { type HostKeyPolicy, orUnreachable, ssh, type Unreachable } from "../cluster/node/ssh.ts";
import { type NodeState, parseState, STATE_LINES } from "../cluster/preflight/checks.ts";
import { type ProofArgs, type ProofReport, parseProof, snapshotProofScript } from "../cluster/snapshot/proof.ts";

/** What a preview reads from a node, or why it could not be read. */
export interface NodeReading {
  node: ClusterNode;
  state: NodeState | Unreachable;
  about: NodeAbout;
  /** Of etcd nodes only. */
  proof?: ProofReport | Unreachable;
  etcd?: EtcdView | { error: string };
  inPlace?: InPlaceFacts | Unreachable;
  /** What the host remembers. */
  restores: RestoreRecord[];
}

export interface NodeAbout {
  clockSkewSeconds?: number;
  certificates: { name: string; notAfter: number }[];
}

/** How long a preview waits for a node. */
const SECONDS = 25;

/** Reads one node, and changes nothing. Errors that an operator can fix are part of the result. */
export async function readNode(node: ClusterNode, snapshot: ProofArgs, hostKeys: HostKeyPolicy): Promise<NodeReading> {
  const isEtcd = hasRole(node, "etcd");
  const asked = { node, hostKeys, timeoutSeconds: SECONDS };
  let began = Date.now();
  const begins = () => {
    began = Date.now();
  };
  const [own, proof, view, inPlace] = await Promise.all([
    orUnreachable(
      ssh({ ...asked, script: OWN_SCRIPT, begins }).then((said) => parseOwn(said, { from: began, to: Date.now() })),
    ),
    isEtcd && orUnreachable(ssh({ ...asked, script: snapshotProofScript(snapshot) }).then(parseProof)),
    isEtcd && orUnreachable(ssh({ ...asked, script: etcdViewScript(node) }).then(parseEtcdAnswers)),
    isEtcd && orUnreachable(ssh({ ...asked, script: factsScript(snapshot.name) }).then(parseInPlace)),
  ]);
  return {
    node,
    ...("unreachable" in own ? { state: own, about: { certificates: [] } } : own),
    ...(proof && { proof }),
    ...(inPlace && { inPlace: "unreachable" in inPlace ? inPlace : inPlace.facts }),
    restores: inPlace && !("unreachable" in inPlace) ? inPlace.restores : [],
    ...(isEtcd && {
      etcd: view && "unreachable" in view ? { error: view.unreachable.message } : view || { error: "there is none" },
    }),
  };
}

function parseInPlace(printed: string): { facts: InPlaceFacts; restores: RestoreRecord[] } {
  return { facts: parseFacts(printed), restores: parseRestores(printed) };
}

/** Reads public certificates only, never a key. */
export const ABOUT_LINES = `echo "clock $(date +%s)"
for file in /etc/kubernetes/ssl/*.pem; do
  case $file in *-key.pem | *'*'*) ;; *) echo "certificate \${file##*/} $(base64 <"$file" | tr -d '\\n')" ;; esac
done
`;

// In one script: becoming root and a connection cost more than what is asked.
const OWN_SCRIPT = asRoot(STATE_LINES + ABOUT_LINES);

function parseOwn(printed: string, asked: Asked): Pick<NodeReading, "state" | "about"> {
  return { state: parseState(printed), about: parseAbout(printed, asked) };
}

/** The script's output, parsed. */
export function parseAbout(printed: string, asked: Asked): NodeAbout {
  const lines = printed.split("\n").map((line) => line.split(" "));
  const words = (kind: string) => lines.filter(([first]) => first === kind).map(([, ...rest]) => rest);
  const [[clock] = []] = words("clock");
  return {
    ...(clock && { clockSkewSeconds: skewOf(Number(clock), asked) }),
    certificates: words("certificate").flatMap(([name = "", pem = ""]) => {
      try {
        return [{ name, notAfter: Date.parse(new X509Certificate(Buffer.from(pem, "base64")).validTo) }];
      } catch {
        return [];
      }
    }),
  };
}

/** The least that a clock must be ahead which said this whole second, rounded down, at some time while it was asked. */
function skewOf(clock: number, { from, to }: Asked): number {
  const ahead = clock - to / 1000;
  const behind = clock + 1 - from / 1000;
  return Math.round(Math.max(ahead, 0) + Math.min(behind, 0));
}
