import { type ClusterNode, etcdNodes } from "../clusterFile/clusterFile.ts";
import { etcdProblems } from "../etcd/view.ts";
import {
  apiErrorMessage,
  type DeploymentRef,
  type KubernetesNode,
  KubernetesReader,
  type RancherDeployment,
} from "../kubernetes/reader.ts";
import { type NodeFacts, readNodeFacts } from "../node/facts.ts";
import type { HostKeyPolicy } from "../node/ssh.ts";
import { type RancherAddress, readRancherVersion } from "../rancher/answer.ts";

/** What a rolled-back cluster must look like (design law 9). */
export interface Expectation {
  nodes: ClusterNode[];
  /** When the restart of each node began, by the node's own clock, ms since 1970. */
  restartedAt: Record<string, number>;
  rancher: DeploymentRef & RancherAddress & { image: string; version: string };
}

type Unreadable = { error: string };

/** All that verification reads; what could not be read says why. */
export interface ClusterFacts {
  nodes: Record<string, NodeFacts | Unreadable>;
  kubernetes: KubernetesNode[] | Unreadable;
  deployment: RancherDeployment | Unreadable;
  rancherVersion: string | Unreadable;
}

/** Everything that is not as expected, a sentence each; empty means verified. */
export function verificationProblems(facts: ClusterFacts, expected: Expectation): string[] {
  return [
    ...containerProblems(facts, expected),
    ...etcdViewProblems(facts, expected),
    ...nodeProblems(facts, expected),
    ...rancherProblems(facts, expected),
  ];
}

/** Reads everything at once. Nothing is changed; nothing is thrown: what cannot be read is a fact too. */
export async function readClusterFacts(
  { nodes, rancher }: Expectation,
  kubeconfig: string,
  hostKeys: HostKeyPolicy,
): Promise<ClusterFacts> {
  const [read, kubernetes, deployment, rancherVersion] = await Promise.all([
    Promise.all(nodes.map(async (node) => [node.name, await orError(() => readNodeFacts(node, hostKeys))] as const)),
    orError(() => new KubernetesReader(kubeconfig).nodes()),
    orError(() => new KubernetesReader(kubeconfig).rancher(rancher)),
    orError(() => readRancherVersion(rancher)),
  ]);
  return { nodes: Object.fromEntries(read), kubernetes, deployment, rancherVersion };
}

function containerProblems(facts: ClusterFacts, { restartedAt }: Expectation): string[] {
  return Object.entries(facts.nodes).flatMap(([node, read]) => {
    if ("error" in read) return [read.error];
    const problems = read.containers.flatMap(({ name, running, startedAt }) => {
      if (startedAt === undefined) return [`${node}: container ${name} is missing`];
      if (!running) return [`${node}: container ${name} is not running`];
      // Whole seconds, as the node's clock was read.
      const since = restartedAt[node];
      if (since === undefined || Number.isNaN(since)) return [`${node}: was not restarted after the restore`];
      return startedAt < since ? [`${node}: container ${name} has not been restarted since the restore`] : [];
    });
    return [...new Set(problems)];
  });
}

function etcdViewProblems(facts: ClusterFacts, { nodes }: Expectation): string[] {
  const hosts = etcdNodes({ nodes });
  const views = hosts.flatMap(({ name }) => {
    const read = facts.nodes[name];
    if (!read || "error" in read) return [];
    return [[name, read.etcd ?? { error: "etcdctl said nothing" }] as const];
  });
  return etcdProblems(Object.fromEntries(views), hosts.length);
}

function nodeProblems({ kubernetes }: ClusterFacts, { nodes, restartedAt }: Expectation): string[] {
  if ("error" in kubernetes) return [`the Kubernetes API does not answer: ${kubernetes.error}`];
  const strangers = kubernetes.filter(({ name }) => !nodes.some((node) => node.name === name));
  return [
    ...nodes.flatMap(({ name }) => {
      const node = kubernetes.find((other) => other.name === name);
      if (!node) return [`${name}: Kubernetes does not know this node`];
      if (!node.ready) return [`${name}: not Ready`];
      const alive = node.renewedAt !== undefined && node.renewedAt >= (restartedAt[name] ?? Number.POSITIVE_INFINITY);
      return alive ? [] : [`${name}: Ready, but its kubelet has not been heard of since the restart`];
    }),
    ...strangers.map(({ name }) => `${name}: Kubernetes has this node, the cluster file has not`),
  ];
}

function rancherProblems({ deployment, rancherVersion }: ClusterFacts, { rancher, nodes }: Expectation): string[] {
  const problems: string[] = [];
  const name = `${rancher.namespace}/${rancher.deployment}`;
  if ("error" in deployment) problems.push(`Deployment ${name} cannot be read: ${deployment.error}`);
  else {
    if (deployment.image !== rancher.image)
      problems.push(`Deployment ${name} asks for ${deployment.image}, not ${rancher.image}`);
    if (!deployment.rolledOut) problems.push(`Deployment ${name} is not rolled out: ${deployment.state}`);
    // A pod that was restored with a node that is gone gets requests until Kubernetes takes it away, in a minute or two.
    const gone = deployment.nodes.filter((node) => !nodes.some((other) => other.name === node));
    if (gone.length > 0) problems.push(`Deployment ${name} still has pods on ${gone.join(", ")}, which is gone`);
  }
  if (typeof rancherVersion !== "string") problems.push(`Rancher: ${rancherVersion.error}`);
  else if (rancherVersion !== rancher.version)
    problems.push(`Rancher answers with ${rancherVersion}, not ${rancher.version}`);
  return problems;
}

async function orError<T>(read: () => Promise<T>): Promise<T | Unreadable> {
  try {
    return await read();
  } catch (error) {
    return { error: apiErrorMessage(error) };
  }
}
