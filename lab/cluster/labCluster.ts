import type { LabNode } from "./plans.ts";

export interface LabCluster {
  name: string;
  /** Holds the cluster file and what RKE keeps beside it. */
  dir: string;
  clusterFile: string;
  kubeconfig: string;
  nodes: LabNode[];
  sshKey: string;
  knownHosts: string;
  rke: string;
  kubectl: string;
  rancherUrl: string;
  /** Rancher's own CA, once Rancher was deployed. */
  rancherCaFile: string;
}
