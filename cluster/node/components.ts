import { type ClusterNode, hasRole } from "../clusterFile/clusterFile.ts";

/** The Kubernetes components that the runbook restarts, in its order. */
const COMPONENTS = ["kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"] as const;
/** What every RKE node runs whatever its roles (RKE v1.8.0, cluster/plan.go). */
const ON_EVERY_NODE = ["kubelet", "kube-proxy"];
/** The network containers that the runbook restarts, and weave and canal, which are restarted for the same reason. */
const NETWORKS = ["flannel", "calico", "canal", "weave"];

/** The component containers a node must have by its roles. */
export function expectedComponents(node: Pick<ClusterNode, "roles">): string[] {
  return COMPONENTS.filter((name) => hasRole(node, "controlplane") || ON_EVERY_NODE.includes(name));
}

// The sandbox ("pause") containers of the network pods carry the same names; restarting them would only make kubelet
// throw the pod away, so they are left out.
const LIST_NETWORK_CONTAINERS = `docker ps --format '{{.ID}} {{.Names}} {{.Image}}' | grep -E '${NETWORKS.join("|")}' | grep -v ' k8s_POD_' | cut -d ' ' -f 1`;

/**
 * The runbook's restart on one node, as a POSIX shell script. Writes `restarted NAME STARTED_AT` lines, first a line
 * `clock NOW` by the node's own clock, and `missing NAME` with exit code 3 before anything is restarted if a
 * component is not there.
 */
export function restartScript(node: Pick<ClusterNode, "roles">): string {
  const components = expectedComponents(node).join(" ");
  return `set -eu
echo "clock $(date -u +%Y-%m-%dT%H:%M:%SZ)"
for name in ${components}; do
  docker inspect "$name" >/dev/null 2>&1 || { echo "missing $name"; echo "container $name is missing" >&2; missing=1; }
done
[ -z "\${missing-}" ] || exit 3
echo "restarting ${components}" >&2
docker restart ${components} >/dev/null
network=$(${LIST_NETWORK_CONTAINERS} || true)
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
  return `for name in ${expectedComponents(node).join(" ")}; do
  docker inspect --format 'container {{.Name}} {{.State.Running}} {{.State.StartedAt}}' "$name" 2>/dev/null || echo "container /$name absent -"
done
for id in $(${LIST_NETWORK_CONTAINERS}); do
  docker inspect --format 'container {{.Name}} {{.State.Running}} {{.State.StartedAt}}' "$id" 2>/dev/null || true
done
`;
}
