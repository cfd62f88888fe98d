import { existsSync } from "node:fs";
import semver from "semver";
import { parseDocument } from "yaml";
import { type ClusterFile, ClusterFileError, readClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import { readText } from "../../cluster/clusterFile/encoding.ts";
import { Fields, isRecord } from "../../cluster/clusterFile/fields.ts";
import { readYaml } from "../../cluster/clusterFile/rkeYaml.ts";
import { kubernetesVersionOf } from "../../cluster/clusterFile/stateFile.ts";
import { clusterFile } from "../cluster/clusterFile.ts";
import { type LabNode, likeOperators, MOST_NODES, nodesLike } from "../cluster/plans.ts";
import { Problem } from "../machine/problem.ts";

/** An operator's cluster as the lab makes it again. */
export interface LikeOperators {
  nodes: LabNode[];
  /** The lab's cluster file, for RKE on the lab. */
  text: (sshKey: string) => string;
  /** RKE's state file beside the operator's cluster file; absent where there is none. */
  stateFile?: string;
  /** What of the operator's cluster is otherwise on the lab, a line each. */
  differences: string[];
}

/** The release of Kubernetes that the lab has (cluster/clusterFile.ts). */
const KUBERNETES = "v1.20.15-rancher2-2";

/** Where nothing is, RKE deletes what the add-ons in the snapshot have made, Rancher's namespace too. */
export const INSTEAD_OF_ADDONS = {
  file: "instead-of-add-ons.yml",
  text: `apiVersion: v1
kind: ConfigMap
metadata:
  name: rehearsal-instead-of-add-ons
  namespace: default
`,
};

/** What the restored data rely on, and so must be as it was: services' and pods' addresses are in etcd. */
const TAKEN: [service: string, key: string][] = [
  ["kube-api", "service_cluster_ip_range"],
  ["kube-api", "service_node_port_range"],
  ["kube-controller", "cluster_cidr"],
  ["kube-controller", "service_cluster_ip_range"],
  ["kubelet", "cluster_domain"],
  ["kubelet", "cluster_dns_server"],
];

/** @throws Problem when the file is none that RKE reads, or no cluster that the lab can have. */
export function readLikeOperators(path: string): LikeOperators {
  const file = readAsRke(path);
  const count = file.nodes.length;
  if (count > MOST_NODES)
    throw new Problem(
      `${path} has ${count} nodes: the lab has room for ${MOST_NODES}. Take nodes without etcd out of a copy`,
    );
  const { value } = readYaml(readText(file.path).text);
  // What is wrong in it was refused before.
  const top = new Fields(isRecord(value) ? value : new Map());
  const kubernetes = kubernetesVersionOf(file.stateFile) ?? top.text("kubernetes_version");
  mustBeReadable(kubernetes);
  const encrypted = encryptsSecrets(path, top);
  const nodes = nodesLike(
    file.nodes.map(({ name, roles, address, internalAddress }) => ({
      ...{ name, roles, hasInternalAddress: internalAddress !== address },
    })),
  );
  return {
    nodes,
    text: (sshKey) => translated(file.clusterName, nodes, sshKey, top, encrypted),
    ...(existsSync(file.stateFile) && { stateFile: file.stateFile }),
    differences: [
      ...nodes.map(({ name, address }, at) => `${name} is ${address}, not ${file.nodes[at]?.address}`),
      ...differencesOf(top, kubernetes),
    ],
  };
}

/**
 * Refuses data of a newer Kubernetes than the lab's: its API server would not know versions in which they are stored.
 * @param version such as `v1.20.15-rancher2-2`; empty where it is not known.
 */
export function mustBeReadable(version = ""): void {
  const [theirs, ours] = [semver.coerce(version), semver.coerce(KUBERNETES)];
  if (!theirs || !ours || semver.lte(`${theirs.major}.${theirs.minor}.0`, ours)) return;
  throw new Problem(`the cluster has Kubernetes ${version}: the lab has ${KUBERNETES}, which cannot read its data`);
}

function readAsRke(path: string): ClusterFile {
  try {
    return readClusterFile(path);
  } catch (error) {
    if (!(error instanceof ClusterFileError)) throw error;
    throw new Problem(error.mistakes.map((mistake) => `${path} ${mistake}`).join("\n"));
  }
}

/** The lab's own cluster file with what the data rely on. */
function translated(name: string, nodes: LabNode[], sshKey: string, top: Fields, encrypted: boolean): string {
  const file = parseDocument(
    clusterFile(likeOperators, nodes, sshKey).replace(
      /^# Nodes, services and pods .*$/m,
      "# As in the operator's file:",
    ),
  );
  file.set("cluster_name", name);
  for (const [service, key] of TAKEN) {
    const given = top.record("services").record(service).text(key);
    if (given) file.setIn(["services", service, key], given);
    // RKE's own default holds for both.
    else file.deleteIn(["services", service, key]);
  }
  if (top.has("addons")) file.set("addons", INSTEAD_OF_ADDONS.text);
  if (top.has("addons_include")) file.set("addons_include", [`./${INSTEAD_OF_ADDONS.file}`]);
  if (encrypted) file.setIn(["services", "kube-api", "secrets_encryption_config"], { enabled: true });
  return file.toString({ lineWidth: 0 });
}

function encryptsSecrets(path: string, top: Fields): boolean {
  const encryption = top.record("services").record("kube-api").record("secrets_encryption_config");
  if (!encryption.flag("enabled")) return false;
  if (!encryption.has("custom_config")) return true;
  throw new Problem(`${path} encrypts secrets with a custom_config of its own, which the lab cannot take over`);
}

function differencesOf(top: Fields, kubernetes: string): string[] {
  const network = top.record("network").text("plugin") || "canal";
  const cloud = top.record("cloud_provider").text("name");
  const backup = top.record("services").record("etcd").record("backup_config");
  const when = (isSo: boolean, line: string) => (isSo ? [line] : []);
  return [
    ...when(kubernetes !== KUBERNETES, `Kubernetes is ${KUBERNETES}, not ${kubernetes || "RKE's default"}`),
    ...when(network !== "flannel", `the network plugin is flannel, not ${network}`),
    ...when(
      cloud !== "",
      `there is no cloud provider ${cloud}: nodes have their names in the cluster file, and no disks of the cloud`,
    ),
    ...when(top.has("bastion_host"), "nodes are reached directly, not through the bastion_host"),
    ...when(top.has("private_registries"), "images are on the nodes, not in private_registries"),
    ...when(backup.has("s3backupconfig"), "the snapshot is on the etcd hosts, not in the S3 of s3backupconfig"),
    ...when(top.has("system_images"), "system_images are the lab's, etcd's too"),
    ...when(top.has("prefix_path"), "there is no prefix_path"),
    ...when(
      top.has("addons") || top.has("addons_include"),
      "addons and addons_include are not deployed again: an empty ConfigMap is in their place",
    ),
    "RKE is v1.8.0; its add-ons for DNS, ingress and metrics are left out, as are extra arguments of services",
    "images other than those of Kubernetes and Rancher are missing: what else the snapshot holds does not start",
  ];
}
