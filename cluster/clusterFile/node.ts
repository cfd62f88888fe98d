import type { Login } from "./login.ts";

export type Role = "controlplane" | "etcd" | "worker";

/** A node of the cluster. `name` is the label `kubernetes.io/hostname` of its Kubernetes node. */
export interface ClusterNode extends Login {
  name: string;
  /** By which the nodes reach each other; where it differs from `address`, etcd listens on it alone. */
  internalAddress: string;
  roles: Role[];
  bastion?: Login;
  /** The cluster file's `prefix_path`: RKE keeps folders of the node's below it. */
  prefixPath?: string;
}

/** A node as messages name it: with its address, where that is not its name. */
export function nodeText({ name, address }: { name: string; address: string }): string {
  return name === address ? name : `${name} (${address})`;
}

type WithRoles = { roles: readonly string[] };

export function hasRole({ roles }: WithRoles, role: Role): boolean {
  return roles.includes(role);
}

/** The nodes that run etcd, in the order of the cluster file. */
export function etcdNodes<N extends WithRoles>({ nodes }: { nodes: readonly N[] }): N[] {
  return nodes.filter((node) => hasRole(node, "etcd"));
}
