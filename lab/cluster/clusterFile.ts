import { ranges } from "../machine/network.ts";
import type { LabNode } from "./nodes.ts";

/** The cluster file as a user of RKE keeps it, comments and all. */
export function clusterFile(name: string, nodes: LabNode[], sshKey: string): string {
  return `# The Rancher management cluster "${name}" of the lab.
# Keep rancher-cluster.rkestate beside this file: it holds the certificates.
cluster_name: lab-${name}
kubernetes_version: v1.20.15-rancher2-2

ssh_key_path: ${sshKey}

nodes:
${nodes.map(nodeEntry).join("")}
network:
  plugin: flannel

# Nodes, services and pods stay inside 198.18.0.0/15: nothing of the lab is ever routed outside.
services:
  etcd:
    backup_config:
      enabled: true
      interval_hours: 12
      retention: 6
  kube-api:
    service_cluster_ip_range: ${ranges.services}
  kube-controller:
    cluster_cidr: ${ranges.pods}
    service_cluster_ip_range: ${ranges.services}
  kubelet:
    cluster_dns_server: ${ranges.dns}
    extra_args:
      # The images cannot be pulled again: they must survive a disk that is nearly full.
      image-gc-high-threshold: "99"
      image-gc-low-threshold: "98"
      eviction-hard: memory.available<100Mi
      node-status-update-frequency: 4s

ingress:
  provider: none
dns:
  provider: none
monitoring:
  provider: none

addon_job_timeout: 120
`;
}

function nodeEntry({ name, address }: LabNode): string {
  return `  - address: ${address}
    hostname_override: ${name}
    user: root
    role: [controlplane, etcd, worker]
`;
}
