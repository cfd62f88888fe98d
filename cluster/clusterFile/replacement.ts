import type { ClusterNode } from "./clusterFile.ts";
import { etcdNodes } from "./node.ts";
import type { NewNode } from "./nodeText.ts";

/** A node that is gone, and the machine that takes its place. */
export interface Replacement {
  /** The `address`, `internal_address` or `hostname_override` of the node that is gone. */
  unresponsive: string;
  machine: ExistingMachine | Ec2Machine;
  /** What is written into the cluster file; the addresses of an EC2 instance are words that stand for them. */
  planned: NewNode;
  /** The node as it will be read from the edited cluster file, with the same words for addresses. */
  node: ClusterNode;
  /** The node that is gone, as the cluster file has it; absent once that is edited, or where the machine keeps its address. */
  gone?: ClusterNode;
  /** The cluster file has the machine already, as after an earlier run. */
  isInFile?: boolean;
}

/**
 * The node that is given up, with a login that may be right, and whether the cluster file still tells that it is one of its
 * nodes. Undefined where the machine goes by that name itself: the one that is gone cannot be asked.
 */
export function givenUp({
  unresponsive,
  gone,
  node,
}: Replacement): { node: ClusterNode; isCertain: boolean } | undefined {
  if (gone) return { node: gone, isCertain: true };
  const names = [node.name, node.address, node.internalAddress].map((own) => own.toLowerCase());
  const isKept = names.includes(unresponsive.toLowerCase());
  return isKept ? undefined : { node: { ...node, name: unresponsive, address: unresponsive }, isCertain: false };
}

interface ReplacedCluster {
  cluster: { nodes: ClusterNode[] };
  replacements: Pick<Replacement, "node">[];
}

/** The nodes that exist already: a replacement node may not, and has nothing of the cluster on it. */
export function existingNodes({ cluster, replacements }: ReplacedCluster): ClusterNode[] {
  return cluster.nodes.filter(({ name }) => !replacements.some(({ node }) => node.name === name));
}

export function existingEtcdNodes(settings: ReplacedCluster): ClusterNode[] {
  return etcdNodes({ nodes: existingNodes(settings) });
}

/** A virtual machine on premises, or bare metal. */
export interface ExistingMachine {
  kind: "existing";
  address: string;
}

export interface Ec2Machine {
  kind: "ec2";
  ami: { id: string } | { owner: string; name: string };
  instanceType: string;
  subnetId: string;
  securityGroupIds: string[];
  keyName: string;
  /** The address by which the operator and the other nodes reach it. */
  reachedBy: "private" | "public";
  instanceProfile?: string;
  /** GiB. */
  rootVolume: number;
  tags: Record<string, string>;
}
