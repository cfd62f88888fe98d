import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import type { DeploymentRef } from "../rancher/deployment.ts";

/** The Kubernetes components that the runbook restarts, in its order. */
const COMPONENTS = ["kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"] as const;
/** What every RKE node runs whatever its roles (RKE v1.8.0, cluster/plan.go). */
const ON_EVERY_NODE = ["kubelet", "kube-proxy"];
/** The network containers that the runbook restarts, and weave and canal, which are restarted for the same reason. */
const NETWORKS = ["flannel", "calico", "canal", "weave"];

/** The component containers a node must have by its roles. */
export function expectedComponents({ roles }: Pick<ClusterNode, "roles">): string[] {
  return COMPONENTS.filter((name) => roles.includes("controlplane") || ON_EVERY_NODE.includes(name));
}

// The sandbox ("pause") containers of the network pods carry the same names; restarting them would only make kubelet
// throw the pod away, so they are left out.
const LIST_NETWORK_CONTAINERS = `docker ps --format '{{.ID}} {{.Names}} {{.Image}}' | grep -E '${NETWORKS.join("|")}' | grep -v ' k8s_POD_' | cut -d ' ' -f 1`;

/** Rancher's own containers of any pod, by the name that kubelet gives: `k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT`. */
function listRancherContainers({ namespace, deployment, container }: DeploymentRef): string {
  return `docker ps --format '{{.ID}} {{.Names}}' | grep -E ' k8s_${container}_${deployment}-[a-z0-9-]+_${namespace}_' | cut -d ' ' -f 1`;
}

/**
 * The runbook's restart on one node, as a POSIX shell script. Rancher's own containers are stopped: kubelet starts them
 * anew where their pod is still wanted, and a pod of the newer version, which the restore has forgotten, does not start
 * and write once more. Writes `restarted NAME STARTED_AT` and `stopped NAME` lines, first a line `clock NOW` by the
 * node's own clock, and `missing NAME` with exit code 3 before anything is restarted if a component is not there.
 */
export function restartScript(node: Pick<ClusterNode, "roles">, rancher: DeploymentRef): string {
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
for id in $(${listRancherContainers(rancher)} || true); do
  echo "stopping Rancher's container $id, which kubelet starts anew" >&2
  name=$(docker inspect --format '{{.Name}}' "$id" 2>/dev/null) || continue
  docker stop "$id" >/dev/null || if docker inspect "$id" >/dev/null 2>&1; then exit 1; fi
  echo "stopped $name"
done
`;
}

/**
 * A node's component and network containers, and Rancher's own where asked for, as lines
 * `container NAME RUNNING STARTED_AT`, in a POSIX shell script.
 */
export function componentFactsScript(node: Pick<ClusterNode, "roles">, rancher?: DeploymentRef): string {
  const more = rancher ? `; ${listRancherContainers(rancher)}` : "";
  return `for name in ${expectedComponents(node).join(" ")}; do
  docker inspect --format 'container {{.Name}} {{.State.Running}} {{.State.StartedAt}}' "$name" 2>/dev/null || echo "container /$name absent -"
done
for id in $(${LIST_NETWORK_CONTAINERS}${more}); do
  docker inspect --format 'container {{.Name}} {{.State.Running}} {{.State.StartedAt}}' "$id" 2>/dev/null || true
done
`;
}
