import { join } from "node:path";
import type { ClusterNode } from "../../cluster/clusterFile/clusterFile.ts";
import { textFile } from "./folder.ts";

/** A node with all roles, as the cluster file's reader would give it. */
export function clusterNode(over: Partial<ClusterNode> = {}): ClusterNode {
  return {
    name: "node1",
    address: "10.0.0.1",
    internalAddress: over.address ?? "10.0.0.1",
    port: 22,
    user: "rancher",
    roles: ["controlplane", "etcd", "worker"],
    ...over,
  };
}

export const THREE_NODES = `nodes:
  - {address: 10.0.0.1, hostname_override: node1, user: rancher, role: [controlplane, etcd, worker]}
  - {address: 10.0.0.2, hostname_override: node2, user: rancher, role: [controlplane, etcd, worker]}
  - {address: 10.0.0.3, hostname_override: node3, user: rancher, role: [controlplane, etcd, worker]}
`;

/**
 * A cluster file in a folder, with the kubeconfig that RKE would have written beside it; returns its path. Where it
 * names no key it gets one that can be read: RKE's default is in the home of whoever runs the tests.
 */
export function clusterFileIn(folder: string, source = THREE_NODES, kubeconfig = "apiVersion: v1\n"): string {
  textFile(join(folder, "kube_config_rancher-cluster.yml"), kubeconfig);
  const key = /ssh_(key|agent)/.test(source) ? "" : "ssh_key_path: /dev/null\n";
  return textFile(join(folder, "rancher-cluster.yml"), key + source);
}
