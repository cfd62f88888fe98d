import type { Login } from "./login.ts";

export type Role = "controlplane" | "etcd" | "worker";

/** A node of the cluster. `name` is the label `kubernetes.io/hostname` of its Kubernetes node. */
export interface ClusterNode extends Login {
  name: string;
  /** By which the nodes reach each other; where it differs from `address`, etcd listens on it alone. */
  internalAddress: string;
  roles: Role[];
  bastion?: Login;
}
