import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { hasRole } from "../clusterFile/node.ts";
import type { DeploymentRef } from "../kubernetes/deployment.ts";
import { linesOf, script } from "../script.ts";

/** What runs where the role controlplane is, in the runbook's order (RKE v1.8.0, cluster/plan.go). */
const ON_CONTROL_PLANES = ["kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"];
/** What runs on the other nodes, those with the role etcd alone too: they reach the API through nginx-proxy. */
const ELSEWHERE = ["nginx-proxy", "kubelet", "kube-proxy"];

/** A container on a node. `startedAt` is by the node's own clock, in ms since 1970; undefined when it is absent. */
export interface ContainerFact {
  name: string;
  running: boolean;
  startedAt?: number;
}

const facts = script(import.meta.dirname, "componentFacts.sh");
const rancherFacts = script(import.meta.dirname, "rancherFacts.sh");

export function expectedComponents(node: Pick<ClusterNode, "roles">): string[] {
  return hasRole(node, "controlplane") ? ON_CONTROL_PLANES : ELSEWHERE;
}

export function componentFactsScript(node: Pick<ClusterNode, "roles">): string {
  return facts({ components: expectedComponents(node).join(" ") });
}

export function rancherFactsScript({ namespace, deployment, container }: DeploymentRef): string {
  return rancherFacts({ namespace, deployment, container });
}

/** @param kind `container`, or `rancher` for Rancher's own. */
export function containersOf(printed: string, kind: "container" | "rancher"): ContainerFact[] {
  return linesOf(printed, kind).map((line) => {
    const [name = "", running, startedAt = ""] = line.split(" ");
    const time = Date.parse(startedAt);
    return {
      name: name.replace(/^\//, ""),
      running: running === "true",
      ...(Number.isNaN(time) ? {} : { startedAt: time }),
    };
  });
}
