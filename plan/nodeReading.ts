import { X509Certificate } from "node:crypto";
import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import type { EtcdView } from "../cluster/etcd/view.ts";
import { readNodeFacts } from "../cluster/node/facts.ts";
import { type HostKeyPolicy, SshError, ssh } from "../cluster/node/ssh.ts";
import { type NodeState, parseState, STATE_SCRIPT, type Unasked } from "../cluster/preflight/checks.ts";
import { asRoot } from "../cluster/shell.ts";
import { type ProofReport, parseProof, snapshotProofScript } from "../cluster/snapshot/proof.ts";

/** Of a node, all that a preview wants to know; what could not be asked says why. */
export interface NodeReading {
  node: ClusterNode;
  state: NodeState | Unasked;
  about: NodeAbout;
  /** Of etcd nodes. */
  proof?: ProofReport | Unasked;
  etcd?: EtcdView | { error: string };
}

export interface NodeAbout {
  clockSkewSeconds?: number;
  certificates: { name: string; notAfter: number }[];
}

/** A preview waits no longer for a node. */
const SECONDS = 25;

/** Reads one node; changes nothing, and throws for nothing that an operator can mend. */
export async function readNode(node: ClusterNode, snapshot: string, hostKeys: HostKeyPolicy): Promise<NodeReading> {
  const isEtcd = node.roles.includes("etcd");
  const asked = { node, hostKeys, timeoutSeconds: SECONDS };
  const [state, about, proof, facts] = await Promise.all([
    orUnasked(async () => parseState(await ssh({ ...asked, script: STATE_SCRIPT }))),
    orUnasked(async () => {
      const began = Date.now();
      return parseAbout(await ssh({ ...asked, script: ABOUT_SCRIPT }), (began + Date.now()) / 2);
    }),
    isEtcd && orUnasked(async () => parseProof(await ssh({ ...asked, script: snapshotProofScript(snapshot) }))),
    isEtcd && orUnasked(() => readNodeFacts(node, hostKeys)),
  ]);
  return {
    node,
    state,
    about: "unasked" in about ? { certificates: [] } : about,
    ...(proof && { proof }),
    ...(facts && { etcd: "unasked" in facts ? { error: facts.unasked } : (facts.etcd ?? { error: "there is none" }) }),
  };
}

/** Public certificates only: no key is ever read. */
export const ABOUT_SCRIPT = asRoot(`echo "clock $(date +%s)"
for file in /etc/kubernetes/ssl/*.pem; do
  case $file in *-key.pem | *'*'*) ;; *) echo "certificate \${file##*/} $(base64 <"$file" | tr -d '\\n')" ;; esac
done
`);

/** The script's lines → what they say; `now` is when they were said, by the operator's clock, ms since 1970. */
export function parseAbout(printed: string, now: number): NodeAbout {
  const lines = printed.split("\n").map((line) => line.split(" "));
  const words = (kind: string) => lines.filter(([first]) => first === kind).map(([, ...rest]) => rest);
  const [[clock] = []] = words("clock");
  return {
    ...(clock && { clockSkewSeconds: Math.round(Number(clock) - now / 1000) }),
    certificates: words("certificate").flatMap(([name = "", pem = ""]) => {
      try {
        return [{ name, notAfter: Date.parse(new X509Certificate(Buffer.from(pem, "base64")).validTo) }];
      } catch {
        return [];
      }
    }),
  };
}

async function orUnasked<T>(ask: () => Promise<T>): Promise<T | Unasked> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof SshError) return { unasked: error.message, next: error.next };
    throw error;
  }
}
