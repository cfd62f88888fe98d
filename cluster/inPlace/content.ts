import { createHash } from "node:crypto";
import { numberIn } from "../json.ts";
import { lineOf, script } from "../script.ts";

/** What data a running member of etcd has. Numbers that may be larger than JavaScript's are text. */
export interface Content {
  clusterId: string;
  revision: bigint;
  /** A hash of all keys and values up to the revision (`etcdctl endpoint hashkv`, etcd 3.3 and later). */
  hash: string;
  members: number;
}

export interface ExpectedContent {
  clusterId?: string;
  /** At least this one. */
  revision: bigint;
  members: number;
}

const content = script(import.meta.dirname, "content.sh");
const forget = script(import.meta.dirname, "forgetLocks.sh");

/** Under RKE's --etcd-prefix (RKE v1.8.0 cluster/plan.go), the locks of what is stopped during an exchange, in each form that there was. */
const LOCKS = ["kube-controller-manager", "kube-scheduler", "cattle-controllers"].flatMap((name) =>
  ["leases", "configmaps", "services/endpoints"].map((kind) => `/registry/${kind}/kube-system/${name}`),
);

export function contentScript(endpoint: string, seconds: number): string {
  return content({ endpoint, seconds });
}

export function forgetLocksScript(endpoint: string): string {
  return forget({ endpoint, locks: LOCKS.join(" ") });
}

/** The script's lines → what the member has; undefined where it did not say all of it. */
export function parseContent(printed: string): Content | undefined {
  const [status = "", hashes = ""] = [lineOf(printed, "status"), lineOf(printed, "hash")];
  const [clusterId, revision] = [numberIn(status, "cluster_id"), numberIn(status, "revision")];
  const hash = numberIn(hashes, "hash");
  const members = lineOf(printed, "members")?.match(/"peerURLs"/g)?.length ?? 0;
  if (clusterId === undefined || revision === undefined || hash === undefined) return undefined;
  return { clusterId, revision: BigInt(revision), hash, members };
}

/** Whether a member serves data of another etcd cluster than the expected ones. */
export function isOfAnother({ clusterId }: Content, expected: ExpectedContent): boolean {
  return expected.clusterId !== undefined && clusterId !== expected.clusterId;
}

/** What is wrong with the data of the members, a sentence each: health alone does not tell restored data from old ones. */
export function contentProblems(found: { node: string; content: Content }[], expected: ExpectedContent): string[] {
  const wrong: string[] = [];
  for (const { node, content } of found) {
    const { clusterId, revision, members } = content;
    if (isOfAnother(content, expected))
      wrong.push(`etcd on ${node} is of the cluster ${clusterId}, not of ${expected.clusterId}`);
    if (revision < expected.revision)
      wrong.push(`etcd on ${node} has revision ${revision}, before ${expected.revision}`);
    if (members !== expected.members) wrong.push(`etcd on ${node} has ${members} of ${expected.members} members`);
  }
  const data = found.map(({ content: { revision, hash } }) => `revision ${revision}, hash ${hash}`);
  if (new Set(data).size > 1) {
    const who = found.map(({ node }, at) => `${node} ${data[at]}`);
    wrong.push(`the members of etcd have different data: ${who.join("; ")}`);
  }
  return wrong;
}

/**
 * The id of the etcd cluster that a restore with these peer URLs and this token makes, as etcd computes it
 * (server/etcdserver/api/membership member.go and cluster.go, the same from 3.3 to 3.5).
 */
export function restoredClusterId(peers: string[], token: string): string {
  const id = (bytes: Buffer | string) => createHash("sha1").update(bytes).digest().subarray(0, 8);
  const members = peers.map((urls) => id(urls.split(",").sort().join("") + token)).sort(Buffer.compare);
  return id(Buffer.concat(members)).readBigUInt64BE().toString();
}
