import type { ClusterNode, Role } from "../../cluster/clusterFile/clusterFile.ts";
import type { Replacement } from "../../cluster/clusterFile/replacement.ts";
import type { Settings } from "../../settings/settings.ts";
import { WANTED } from "./rancher.ts";

/** Settings of a cluster of three, as the lab has it. */
export function someSettings(changes: Partial<Settings> = {}): Settings {
  return {
    snapshot: "base",
    run: 1,
    acceptHazardsOf: [],
    readCluster: false,
    safetyCopy: true,
    restoreWith: "rke",
    keepOldDataDays: 7,
    cluster: {
      path: "/clusters/rancher-cluster.yml",
      clusterName: "prod",
      kubeconfig: "/clusters/kube_config_rancher-cluster.yml",
      stateFile: "/clusters/rancher-cluster.rkestate",
      nodes: [1, 2, 3].map((number) => someNode(number)),
      notes: [],
    },
    replacements: [],
    clusterFileDiff: "",
    kubernetesVersion: "v1.22.17-rancher1-2",
    rke: { path: "rke", version: RKE, silenceSeconds: 600 },
    rancher: { ...WANTED, repository: "rancher/rancher" },
    restartOrder: "parallel",
    restarts: "auto",
    rkeUp: "last",
    hostKeys: { allowUnknown: false },
    waitSeconds: 900,
    notes: [],
    ...changes,
  };
}

/** The RKE of those settings. */
export const RKE = { major: 1, minor: 8, patch: 0, text: "v1.8.0" };

/** node1, node2, …, at 198.18.0.11, .12, …, with all roles unless given otherwise. */
export function someNode(number: number, roles: Role[] = ["controlplane", "etcd", "worker"]): ClusterNode {
  const address = `198.18.0.${10 + number}`;
  return { name: `node${number}`, address, internalAddress: address, port: 22, user: "root", roles };
}

/** A machine that is there and takes the place of a node. */
export function someReplacement(node: ClusterNode, unresponsive = "node3"): Replacement {
  const { address } = node;
  return { unresponsive, machine: { kind: "existing", address }, planned: { address }, node };
}
