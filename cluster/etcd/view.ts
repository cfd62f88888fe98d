import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import type { Problem } from "../problem.ts";
import { lineOf, linesOf, script } from "../script.ts";
import { etcdEndpoint } from "./endpoint.ts";

/** The etcd cluster as one of its members sees it. Ids are 64-bit numbers as decimal text. */
export interface EtcdView {
  clusterId: string;
  /** Names (or peer addresses where a member has not published its name yet) by member id. */
  members: Record<string, string>;
  /** What each member that answered says of itself. */
  statuses: { memberId: string; clusterId: string; leader: string }[];
}

const ETCD_LOGS = "look at etcd on every etcd host: docker logs --tail 50 etcd";

/**
 * What is wrong with etcd; empty when every member sees the same cluster id, the same `expected`
 * members, all of them answering, and one leader. Readiness of Kubernetes nodes misses a split (rke#2424, rr#30915).
 * @param toAsk how many hosts there were to ask: of one that cannot be reached the caller may have said so.
 */
export function etcdProblems(
  views: Record<string, EtcdView | { error: string }>,
  expected: number,
  toAsk = expected,
): Problem[] {
  const problems: Problem[] = [];
  const add = (message: string, remedy = ETCD_LOGS) => problems.push({ message, remedy });
  const asked = Object.keys(views).length;
  if (asked < toAsk) add(`etcd could be asked on ${asked} of ${toAsk} nodes only`);
  const seen: [string, EtcdView][] = [];
  for (const [node, view] of Object.entries(views)) {
    if ("error" in view) add(`${node}: etcd does not answer: ${view.error}`, `on ${node}: docker logs --tail 50 etcd`);
    else seen.push([node, view]);
  }
  const perNode = seen.flatMap(([node, view]) => membersOf(view, expected).map((wrong) => ({ node, ...wrong })));
  for (const [text, on] of Map.groupBy(perNode, (one) => one.text)) {
    const nodes = on.map(({ node }) => node);
    const [first] = on;
    add(
      `${nodes.join(", ")}: ${text}`,
      first?.list ? `compare them with the cluster file, on ${first.node}: ${first.list}` : undefined,
    );
  }
  const all = seen.flatMap(([, view]) => view.statuses);
  const clusters = new Set([...seen.map(([, view]) => view.clusterId), ...all.map((status) => status.clusterId)]);
  if (clusters.size > 1) add(`etcd is split: ${clusters.size} cluster ids (${[...clusters].join(", ")})`);
  const leaders = new Set(all.map((status) => status.leader));
  if (leaders.has("0")) add("etcd has no leader");
  else if (leaders.size > 1) add(`etcd members follow ${leaders.size} leaders`);
  return problems;
}

/** What is wrong with the members that a host sees. */
function membersOf({ members, statuses }: EtcdView, expected: number): { text: string; list?: string }[] {
  const all = Object.values(members).sort();
  const silent = Object.keys(members).filter((id) => !statuses.some((status) => status.memberId === id));
  const wrong: { text: string; list?: string }[] = [];
  if (all.length !== expected) {
    const text = `etcd has ${all.length} of ${expected} members (${all.join(", ")})`;
    wrong.push({ text, list: "docker exec etcd etcdctl member list" });
  }
  if (silent.length > 0)
    wrong.push({ text: `etcd members that do not answer: ${silent.map((id) => members[id]).join(", ")}` });
  return wrong;
}

const view = script(import.meta.dirname, "view.sh");

export function etcdViewScript(node: ClusterNode): string {
  return view({ endpoint: etcdEndpoint(node) });
}

/** Docker names a stopped container by its id. */
const BY_ID = /Error response from daemon: Container [0-9a-f]{64}/;

/** Undefined where the script did not come to an answer. */
export function parseEtcdAnswers(printed: string): EtcdView | { error: string } | undefined {
  const error = lineOf(printed, "etcd-error");
  if (error !== undefined) return { error: error.trim().replace(BY_ID, "its container") };
  const [members, status] = linesOf(printed, "etcd");
  return members && status ? parseEtcdView(members, status) : undefined;
}

interface Header {
  cluster_id: string;
  member_id: string;
}

/** `etcdctl member list -w json` and `etcdctl endpoint status -w json` of all members (etcd 3.1 to 3.5) → a view. */
export function parseEtcdView(memberList: string, endpointStatus: string): EtcdView | { error: string } {
  try {
    const list = parse(memberList) as { header: Header; members: { ID: string; name?: string; peerURLs?: string[] }[] };
    const statuses = parse(endpointStatus) as { Status: { header: Header; leader?: string } }[];
    return {
      clusterId: list.header.cluster_id,
      members: Object.fromEntries(
        list.members.map(({ ID, name, peerURLs }) => [ID, name || peerURLs?.join(",") || ID]),
      ),
      statuses: statuses.map(({ Status }) => ({
        memberId: Status.header.member_id,
        clusterId: Status.header.cluster_id,
        leader: Status.leader ?? "0",
      })),
    };
  } catch {
    return { error: `etcdctl printed no JSON: ${memberList.slice(0, 200)}` };
  }
}

/** JSON with its whole numbers as text, since etcd's ids are larger than a JavaScript number can hold. */
function parse(json: string): unknown {
  const numbersAsText = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source ? context.source : value;
  return JSON.parse(json, numbersAsText);
}
