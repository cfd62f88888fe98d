import type { ClusterNode } from "../clusterFile/clusterFile.ts";

/** What runs where the role controlplane is, in the runbook's order (RKE v1.8.0, cluster/plan.go). */
const CONTROL_PLANE = ["kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"];
/** What runs on the other nodes, those with the role etcd alone too: they reach the API through nginx-proxy. */
const ELSEWHERE = ["nginx-proxy", "kubelet", "kube-proxy"];
/**
 * The network plugins' containers by the name that the pod gives them (templates in RKE v1.8.0, data/data.json): the
 * runbook's flannel and calico, and canal and weave, which are restarted for the same reason. Images may come from a
 * registry of any name, and pods of any name may have such words in theirs.
 */
const NETWORK = [
  ...["kube-flannel", "install-cni", "calico-node", "calico-kube-controllers", "calico-typha"],
  ...["weave", "weave-npc", "weave-plugins"],
];

/** The component containers a node must have by its roles. */
export function expectedComponents({ roles }: Pick<ClusterNode, "roles">): string[] {
  return roles.includes("controlplane") ? CONTROL_PLANE : ELSEWHERE;
}

// A pod's sandbox ("pause") has the container name POD: restarting it would only make kubelet throw the pod away.
const NETWORK_CONTAINERS = `network_containers() { # prints their ids
  listed=$(docker ps --format '{{.ID}} {{.Label "io.kubernetes.container.name"}}') || return 1
  printf '%s\\n' "$listed" | while read -r id name; do
    case $name in ${NETWORK.join(" | ")}) echo "$id" ;; esac
  done
}
`;

/**
 * The runbook's restart on one node, as a POSIX shell script. Writes `restarted NAME STARTED_AT` lines, first a line
 * `clock NOW` by the node's own clock, and `missing NAME` with exit code 3 before anything is restarted if a
 * component is not there.
 */
export function restartScript(node: Pick<ClusterNode, "roles">): string {
  const components = expectedComponents(node).join(" ");
  return `${NETWORK_CONTAINERS}set -eu
echo "clock $(date -u +%Y-%m-%dT%H:%M:%SZ)"
network=$(network_containers)
for name in ${components}; do
  docker inspect "$name" >/dev/null 2>&1 || { echo "missing $name"; echo "container $name is missing" >&2; missing=1; }
done
[ -z "\${missing-}" ] || exit 3
echo "restarting ${components}" >&2
docker restart ${components} >/dev/null
for id in $network; do
  echo "restarting the network container $id" >&2
  # kubelet may have replaced it meanwhile, which is a restart too
  docker restart "$id" >/dev/null || if docker inspect "$id" >/dev/null 2>&1; then exit 1; fi
done
for name in ${components} $network; do
  docker inspect --format 'restarted {{.Name}} {{.State.StartedAt}}' "$name" 2>/dev/null || true
done
`;
}

/** A node's component and network containers as lines `container NAME RUNNING STARTED_AT`, in a POSIX shell script. */
export function componentFactsScript(node: Pick<ClusterNode, "roles">): string {
  return `${NETWORK_CONTAINERS}for name in ${expectedComponents(node).join(" ")}; do
  docker inspect --format 'container {{.Name}} {{.State.Running}} {{.State.StartedAt}}' "$name" 2>/dev/null || echo "container /$name absent -"
done
for id in $(network_containers); do
  docker inspect --format 'container {{.Name}} {{.State.Running}} {{.State.StartedAt}}' "$id" 2>/dev/null || true
done
`;
}
