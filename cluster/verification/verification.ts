import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { etcdNodes } from "../clusterFile/node.ts";
import { etcdProblems } from "../etcd/view.ts";
import { matchNodes } from "../kubernetes/matchNodes.ts";
import { type KubernetesNode, KubernetesReader } from "../kubernetes/reader.ts";
import { apiProblem, orError, type Unreadable } from "../kubernetes/unreadable.ts";
import { type HostKeyPolicy, orUnreachable, type Unreachable } from "../node/ssh.ts";
import { distinct, type Problem } from "../problem.ts";
import { type RancherFacts, readRancherFacts, type WantedRancher } from "../rancher/facts.ts";
import { notLeading, rancherProblems } from "../rancher/problems.ts";
import type { VerificationCheck } from "./checks.ts";
import { type NodeFacts, readNodeFacts } from "./nodeFacts.ts";

/** What a rolled-back cluster must look like (design law 9). */
export interface Expectation {
  nodes: ClusterNode[];
  /**
   * What each node's restart step found, by the node's own clock, ms since 1970: when it looked at the node, and the
   * earliest start that a container may have, but those that may have run through the restore.
   */
  restarts: Record<string, { lookedAt: number; startedSince: number; ranThrough?: string[] }>;
  rancher: WantedRancher;
}

/** All that verification reads; what could not be read says why. */
export interface ClusterFacts {
  nodes: Record<string, NodeFacts | Unreachable>;
  kubernetes: KubernetesNode[] | Unreadable;
  rancher: RancherFacts;
}

export interface Verdict {
  checks: VerificationCheck[];
  /** Empty means verified. */
  problems: Problem[];
  /** Whether nothing is wrong but that Rancher does not lead yet, which is normal for up to a minute after a restore. */
  onlyLeadershipIsMissing: boolean;
}

export function verdictOf(facts: ClusterFacts, expected: Expectation): Verdict {
  const { kubernetes } = facts;
  // Without Kubernetes' own names of the nodes it is unknown which of Rancher's pods are on a node that is gone.
  const names =
    "error" in kubernetes
      ? undefined
      : matchNodes(expected.nodes, kubernetes).pairs.map((pair) => pair.kubernetes.name);
  const checks: VerificationCheck[] = [
    { check: "containers", problems: containerProblems(facts, expected) },
    { check: "etcd-members", problems: etcdViewProblems(facts, expected) },
    { check: "kubernetes-nodes", problems: nodeProblems(facts, expected) },
    { check: "rancher-serves", problems: rancherProblems(facts.rancher, expected.rancher, names) },
  ];
  const problems = distinct(checks.flatMap((check) => check.problems));
  const check = "rancher-leads";
  if (problems.length > 0) {
    const leads: VerificationCheck = { check, problems: [], skipped: "others-failed" };
    return { checks: [...checks, leads], problems, onlyLeadershipIsMissing: false };
  }
  const pending = notLeading(facts.rancher, expected.rancher);
  const missing = pending === undefined ? [] : [pending];
  return {
    checks: [...checks, { check, problems: missing }],
    problems: missing,
    onlyLeadershipIsMissing: pending !== undefined,
  };
}

/** Reads everything at once. Nothing is changed; nothing is thrown: what cannot be read is a fact too. */
export async function readClusterFacts(
  { nodes, rancher }: Expectation,
  kubeconfig: string,
  hostKeys: HostKeyPolicy,
): Promise<ClusterFacts> {
  const [read, kubernetesNodes, rancherFacts] = await Promise.all([
    Promise.all(
      nodes.map(async (node) => [node.name, await orUnreachable(readNodeFacts(node, hostKeys, rancher))] as const),
    ),
    orError(() => new KubernetesReader(kubeconfig).nodes()),
    readRancherFacts(() => new KubernetesReader(kubeconfig), rancher),
  ]);
  const facts = { nodes: Object.fromEntries(read), kubernetes: kubernetesNodes, rancher: rancherFacts };
  return withHostNames(facts, nodes);
}

/**
 * A Rancher with its host's network leads under the name that the host gives itself. That is often not the node's: RKE names
 * nodes by their addresses.
 */
export function withHostNames(facts: ClusterFacts, nodes: ClusterNode[]): ClusterFacts {
  const { kubernetes, rancher } = facts;
  if ("error" in kubernetes || "error" in rancher.runs) return facts;
  const hosts = new Map(
    matchNodes(nodes, kubernetes).pairs.flatMap(({ node, kubernetes: { name } }) => {
      const read = facts.nodes[node.name];
      return read && "host" in read ? [[name, read.host] as const] : [];
    }),
  );
  const pods = rancher.runs.pods.map((pod) => {
    const host = hosts.get(pod.host ?? "");
    return host === undefined ? pod : { ...pod, host };
  });
  return { ...facts, rancher: { ...rancher, runs: { ...rancher.runs, pods } } };
}

function containerProblems(facts: ClusterFacts, { restarts }: Expectation): Problem[] {
  return Object.entries(facts.nodes).flatMap(([node, read]) => {
    if ("unreachable" in read) return [read.unreachable];
    const messages = read.containers.flatMap(({ name, running, startedAt }) => {
      if (startedAt === undefined) return [`${node}: container ${name} is missing`];
      if (!running) return [`${node}: container ${name} is not running`];
      const { startedSince: since = Number.NaN, ranThrough = [] } = restarts[node] ?? {};
      if (Number.isNaN(since)) return [`${node}: was not restarted after the restore`];
      return startedAt < since && !ranThrough.includes(name)
        ? [`${node}: container ${name} has not been restarted since the restore`]
        : [];
    });
    const remedy = `on ${node}: docker ps -a, then docker logs --tail 50 CONTAINER`;
    return [...new Set(messages)].map((message) => ({ message, remedy }));
  });
}

function etcdViewProblems(facts: ClusterFacts, { nodes }: Expectation): Problem[] {
  const hosts = etcdNodes({ nodes });
  const views = hosts.flatMap(({ name }) => {
    const read = facts.nodes[name];
    if (!read || "unreachable" in read) return [];
    return [[name, read.etcd ?? { error: "no output from etcdctl" }] as const];
  });
  return etcdProblems(Object.fromEntries(views), hosts.length);
}

function nodeProblems({ kubernetes }: ClusterFacts, { nodes, restarts }: Expectation): Problem[] {
  if ("error" in kubernetes) {
    return [apiProblem(kubernetes, `the Kubernetes API does not answer: ${kubernetes.error}`)];
  }
  const kubelet = (name: string) => `on ${name}: docker logs --tail 50 kubelet`;
  const { pairs, missing, strangers } = matchNodes(nodes, kubernetes);
  return [
    ...missing.map(({ name }) => ({ message: `${name}: Kubernetes does not know this node`, remedy: kubelet(name) })),
    ...pairs.flatMap(({ node: { name }, kubernetes: node }) => {
      if (!node.ready) return [{ message: `${name}: not Ready`, remedy: kubelet(name) }];
      const { lookedAt = Number.POSITIVE_INFINITY } = restarts[name] ?? {};
      const alive = node.renewedAt !== undefined && node.renewedAt >= lookedAt;
      if (alive) return [];
      const message = `${name}: Ready, but its kubelet has not reported since the restart`;
      return [{ message, remedy: kubelet(name) }];
    }),
    ...strangers.map(({ name }) => ({
      message: `${name}: node is in Kubernetes but not in the cluster file`,
      remedy: `where its machine is gone for good: kubectl delete node ${name}`,
    })),
  ];
}
