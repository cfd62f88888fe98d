import { z } from "zod";
import { loginSchema } from "./login.ts";

const roleSchema = z.enum(["controlplane", "etcd", "worker"]);
export type Role = z.infer<typeof roleSchema>;

/** A node of the cluster. It may carry a private key: secret as a whole. */
export const nodeSchema = loginSchema.extend({
  /** The label `kubernetes.io/hostname` of its Kubernetes node. */
  name: z.string(),
  /** By which the nodes reach each other; where it differs from `address`, etcd listens on it alone. */
  internalAddress: z.string(),
  roles: z.array(roleSchema),
  bastion: loginSchema.exactOptional(),
  /** The cluster file's `prefix_path`: RKE keeps folders of the node's below it. */
  prefixPath: z.string().exactOptional(),
});
export type ClusterNode = z.infer<typeof nodeSchema>;

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
