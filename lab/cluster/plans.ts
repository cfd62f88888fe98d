import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { distrolessEtcd } from "../docker/images.ts";
import { folders } from "../machine/folders.ts";
import { Problem } from "../machine/problem.ts";

type Role = "controlplane" | "etcd" | "worker";

/** A machine of a cluster, as RKE's cluster file has it and as the lab makes it. */
export interface LabNode {
  /** RKE's `hostname_override`. */
  name: string;
  address: string;
  /** RKE's `internal_address`: a second one on the same interface. */
  internalAddress?: string;
  roles: Role[];
  /** What Kubernetes calls the node where an in-tree cloud provider decides that; its hostname label is the name. */
  cloudName?: string;
  /** Who RKE logs in as: root, or a user in the docker group who has no sudo. The lab itself is always root. */
  user: string;
}

/** The clusters there can be. The network has 198.18.0.0/24; the second addresses of nodes begin at .129. */
interface Plan {
  /** The last number of the first node's address; the next ones follow, those of spare machines too. */
  first: number;
  user: string;
  /** Those without a name are node1, node2 and so on. */
  nodes: (Pick<LabNode, "roles" | "internalAddress" | "cloudName"> & { name?: string })[];
  /** Another one than RKE's for this Kubernetes. */
  etcdImage?: string;
}

const everything: Role[] = ["controlplane", "etcd", "worker"];

const plans: Record<string, Plan> = {
  a: { first: 11, user: "root", nodes: [{ roles: everything }, { roles: everything }, { roles: everything }] },
  b: { first: 21, user: "root", nodes: [{ roles: everything }] },
  // As unpleasant as the world: what RKE's documentation allows, and clouds do.
  c: {
    first: 31,
    user: "rke",
    nodes: [
      { roles: ["etcd"], internalAddress: "198.18.0.131" },
      { roles: ["controlplane", "worker"] },
      { roles: ["worker"], cloudName: "ip-198-18-0-33.lab.internal" },
    ],
    etcdImage: distrolessEtcd,
  },
};

export const clusterNames = Object.keys(plans);

/** The cluster that a rehearsal makes like an operator's (rehearsals/fromCluster.ts): its plan is a file, gone with it. */
export const likeOperators = "d";
/** More would not fit into the memory that the lab asks for. */
export const MOST_NODES = 7;

/** Second addresses are a hundred above the first ones. */
const FIRST_OF_OPERATORS = 41;

/** The nodes of the cluster that is made like an operator's, in the order of its file. */
export function nodesLike(nodes: (Pick<LabNode, "name" | "roles"> & { hasInternalAddress: boolean })[]): LabNode[] {
  return nodes.map(({ name, roles, hasInternalAddress }, at) => ({
    ...{ name, roles, user: "root", address: `198.18.0.${FIRST_OF_OPERATORS + at}` },
    ...(hasInternalAddress && { internalAddress: `198.18.0.${FIRST_OF_OPERATORS + 100 + at}` }),
  }));
}

/** Writes that cluster's plan down, so that every command of the lab knows its nodes. */
export function keepPlan(nodes: LabNode[]): void {
  const file = planFile(likeOperators);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, JSON.stringify({ first: FIRST_OF_OPERATORS, user: "root", nodes } satisfies Plan));
}

export function isPlanned(cluster: string): boolean {
  return cluster in plans || (cluster === likeOperators && existsSync(planFile(cluster)));
}

export function nodesOf(cluster: string): LabNode[] {
  return planOf(cluster).nodes.map((_, index) => nodeAt(cluster, index + 1));
}

export function etcdImageOf(cluster: string): string | undefined {
  return planOf(cluster).etcdImage;
}

/** A node by name, also one beyond the plan: spare machines have names and addresses too. */
export function nodeNamed(cluster: string, node: string): LabNode {
  const planned = nodesOf(cluster).find(({ name }) => name === node);
  if (planned) return planned;
  const [, number] = /^node([1-9])$/.exec(node) ?? [];
  if (number) return nodeAt(cluster, Number(number));
  throw new Problem(`nodes are named node1 to node9, there is no "${node}"`);
}

function nodeAt(cluster: string, number: number): LabNode {
  const { first, user, nodes } = planOf(cluster);
  const planned = nodes[number - 1] ?? { roles: everything };
  return { name: `node${number}`, address: `198.18.0.${first + number - 1}`, user, ...planned };
}

function planOf(cluster: string): Plan {
  const plan = plans[cluster];
  if (plan) return plan;
  if (isPlanned(cluster)) return JSON.parse(readFileSync(planFile(cluster), "utf8"));
  throw new Problem(`the lab has the clusters ${clusterNames.join(", ")}, none named "${cluster}"`);
}

function planFile(cluster: string): string {
  return join(folders.run, "clusters", cluster, "plan.json");
}
