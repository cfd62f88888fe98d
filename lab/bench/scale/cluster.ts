import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KUBERNETES } from "./api.ts";
import { kubeconfigFor } from "./kubeconfig.ts";
import { type NodeShell, SERVERS, type SimulatedNode } from "./node.ts";

/** In the fixture that rke-tools v0.1.111 wrote. */
export const SNAPSHOT = "before-upgrade";
const SNAPSHOT_ZIP = join(import.meta.dirname, "../../../test/fixtures/rke-tools/rke-tools-v0.1.111.zip");
export const RKE = "v1.8.0";

/** Nodes of the cluster of this number, on addresses that Linux has by itself: 127.1.0.2 and on. */
export function simulatedNodes(count: number, cluster = 1): SimulatedNode[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `node${at + 1}`,
    address: `127.${cluster}.${Math.floor((at + 1) / 250)}.${((at + 1) % 250) + 1}`,
    role: at < SERVERS ? "server" : "worker",
  }));
}

const CERTIFICATES = [
  ...["kube-ca", "kube-node", "kube-proxy", "kube-apiserver", "kube-controller-manager", "kube-scheduler"],
  ...["kube-apiserver-proxy-client", "kube-apiserver-requestheader-ca", "kube-etcd", "kube-service-account-token"],
];
const ONLY_SERVERS = 3;

/** Writes what the nodes of both roles have: the snapshot, certificates, containers, and the members of etcd. */
export function furnish(shell: NodeShell, servers: SimulatedNode[]): void {
  for (const role of ["server", "worker"] as const) {
    const root = shell.rootOf(role);
    const folder = (path: string) => {
      mkdirSync(join(root, path), { recursive: true });
      return join(root, path);
    };
    folder("var/lib/etcd/member/snap");
    const ssl = folder("etc/kubernetes/ssl");
    const names = role === "server" ? CERTIFICATES : CERTIFICATES.slice(0, ONLY_SERVERS);
    for (const name of names) certificate(join(ssl, `${name}.pem`));
    const lines = CONTAINERS[role].map((words, at) => [(at + 1).toString(16).padStart(12, "0"), ...words].join(" "));
    writeFileSync(join(root, "containers"), `${lines.join("\n")}\n`);
    if (role === "worker") continue;
    copyFileSync(SNAPSHOT_ZIP, join(folder("opt/rke/etcd-snapshots"), `${SNAPSHOT}.zip`));
    const etcd = folder("etcd");
    const members = servers.map(({ name, address }, at) => ({
      ...{ ID: at + 1, name: `etcd-${name}` },
      ...{ peerURLs: [`https://${address}:2380`], clientURLs: [`https://${address}:2379`] },
    }));
    const header = (id: number) => ({ cluster_id: 77, member_id: id, raft_term: 2 });
    writeFileSync(join(etcd, "members.json"), JSON.stringify({ header: header(1), members }));
    const statuses = members.map(({ ID, clientURLs }) => ({
      Endpoint: clientURLs[0],
      Status: { header: header(ID), version: "3.4.15", dbSize: 24_576, leader: 1, raftIndex: 9, raftTerm: 2 },
    }));
    writeFileSync(join(etcd, "status.json"), JSON.stringify(statuses));
  }
}

const component = (name: string) => [name, "rancher/hyperkube:v1.20.15-rancher2"];
const ofKubelet = (container: string, pod: string, namespace: string) => [
  ...[`k8s_${container}_${pod}_${namespace}_0a1b2c3d_0`, `rancher/${container}:v1`],
  ...[container, namespace, pod],
];
const everywhere = [
  ...["kubelet", "kube-proxy"].map(component),
  ofKubelet("POD", "canal-x7k2p", "kube-system"),
  ofKubelet("calico-node", "canal-x7k2p", "kube-system"),
  ofKubelet("kube-flannel", "canal-x7k2p", "kube-system"),
];
export const RANCHER_CONTAINER = "k8s_cattle-server_cattle-1_cattle-system_0a1b2c3d_0";
const CONTAINERS = {
  server: [
    ...[["etcd", "rancher/mirrored-coreos-etcd:v3.4.15-rancher1"], ...everywhere],
    ...["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map(component),
    ofKubelet("cattle-server", "cattle-1", "cattle-system"),
  ],
  worker: [component("nginx-proxy"), ...everywhere],
};

/** For 127.0.0.1, signed by itself. */
export function certificate(path: string, keyPath = "/dev/null"): void {
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650"];
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  execFileSync("openssl", ["req", "-x509", ...kind, ...subject, "-keyout", keyPath, "-out", path], { stdio: "ignore" });
}

/** The files of a cluster on the operator's machine. @returns the settings of a rollback of it. */
export function writeCluster(
  folder: string,
  { nodes, port, api, caFile, keyFile, knownHosts }: ClusterFiles,
): Record<string, string> {
  mkdirSync(folder, { recursive: true });
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const written = nodes.map(({ name, address, role }) => {
    const roles = role === "server" ? "[etcd, controlplane, worker]" : "[worker]";
    return `  - {address: ${address}, port: "${port}", user: rke, hostname_override: ${name}, role: ${roles}}\n`;
  });
  const version = `${KUBERNETES}-rancher2-2`;
  const clusterFile = file(
    "cluster.yml",
    `cluster_name: scale\nkubernetes_version: ${version}\nssh_key_path: ${keyFile}\nnodes:\n${written.join("")}`,
  );
  const state = { rkeConfig: { kubernetesVersion: version } };
  file("cluster.rkestate", JSON.stringify({ desiredState: state, currentState: state }));
  file("kube_config_cluster.yml", kubeconfigFor(api, caFile));
  const rke = file("rke", `#!/bin/sh\necho "rke version ${RKE}"\n`);
  chmodSync(rke, 0o755);
  return {
    ...{ snapshot: SNAPSHOT, clusterFile, rancherVersion: "v2.5.8", rancherUrl: api, rkePath: rke },
    ...{ rancherCaFile: caFile, knownHostsFile: knownHosts, restoreWith: "rke" },
  };
}

interface ClusterFiles {
  nodes: SimulatedNode[];
  /** Of SSH on every node. */
  port: number;
  /** Where Kubernetes and Rancher answer. */
  api: string;
  caFile: string;
  keyFile: string;
  knownHosts: string;
}
