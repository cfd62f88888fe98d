import { isIPv6 } from "node:net";
import type { Login } from "./login.ts";
import { type ClusterNode, hasRole } from "./node.ts";

/** A node's name must be one that Kubernetes takes for a node, too (k8s.io/apimachinery IsDNS1123Subdomain). */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LONGEST = 253;
const ROLES: readonly string[] = ["controlplane", "etcd", "worker"];

export interface ReadCluster {
  nodes: ClusterNode[];
  bastion: Login | undefined;
  externalEtcd: boolean;
  /** What services.etcd.backup_config.s3backupconfig says. */
  s3: { endpoint: string; bucket: string } | undefined;
}

/**
 * What RKE refuses (RKE v1.8.0 cluster/validation.go, cluster/hosts.go InvertIndexHosts; names since v0.1.10, rke#862),
 * and what it takes but cannot work with: no control plane, a port that is none, a bastion without a user.
 */
export function validationMistakes({ nodes, bastion, externalEtcd, s3 }: ReadCluster): string[] {
  if (externalEtcd) {
    return [
      "names an external etcd (services.etcd.external_urls): RKE neither saves nor restores its snapshots, so this program cannot roll it back",
    ];
  }
  if (nodes.length === 0) return ["has no nodes"];
  return [
    ...nodes.flatMap(nodeMistakes),
    ...(bastion && bastion.user === "" ? ["bastion_host has no user, and RKE has no default for it"] : []),
    ...(bastion ? portMistakes("bastion_host", bastion) : []),
    ...nodes
      .filter(({ address, name }, at) => {
        return address !== "" && nodes.findIndex((other) => other.name === name || other.address === address) < at;
      })
      .map((node) => `node ${node.address} is listed twice`),
    ...(s3 && s3.endpoint === "" ? ["s3backupconfig has no endpoint, which RKE requires"] : []),
    ...(s3 && s3.bucket === "" ? ["s3backupconfig has no bucket_name, which RKE requires"] : []),
    ...(nodes.some((node) => hasRole(node, "etcd")) ? [] : ["no node has the role etcd"]),
    ...(nodes.some((node) => hasRole(node, "controlplane")) ? [] : ["no node has the role controlplane"]),
  ];
}

function nodeMistakes(node: ClusterNode, at: number): string[] {
  const { address, name, user, roles } = node;
  if (address === "") return [`node ${at + 1} has no address`];
  const where = `node ${address}`;
  return [
    ...(user === "" ? [`${where} has no user, and RKE has no default for it`] : []),
    ...(roles.length === 0 ? [`${where} has no role`] : []),
    ...roles
      .filter((role) => !ROLES.includes(role))
      .map((role) => `${where} has the role "${role}"; RKE knows ${ROLES.join(", ")}`),
    ...(SUBDOMAIN.test(name) && name.length <= LONGEST ? [] : [nameMistake(where, name)]),
    ...portMistakes(where, node),
  ];
}

function nameMistake(where: string, name: string): string {
  if (isIPv6(name)) return `${where} has an IPv6 address and no hostname_override, which RKE requires then`;
  return `${where} has the name ${name}, which is not a valid Kubernetes node name: a hostname_override has small letters, digits, - and . only`;
}

function portMistakes(where: string, { port }: Login): string[] {
  return Number.isInteger(port) && port > 0 && port < 65536 ? [] : [`${where} has no valid port`];
}
