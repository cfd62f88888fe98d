import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { hasRole } from "../clusterFile/node.ts";
import { linesOf, script } from "../script.ts";

/** What an exchange stops and starts where the role controlplane is. */
export const CONTROL_PLANE = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/** A node with the role controlplane that lacks some of its containers: RKE has not built it yet, or was cut off. */
export interface IncompleteNode {
  node: string;
  components: string[];
}

export const CONTAINERS_SCRIPT = script(import.meta.dirname, "containers.sh")();

/** The lines `container NAME …` of all containers of a node → what it lacks; empty where it lacks none. */
export function incomplete(node: Pick<ClusterNode, "name" | "roles">, printed: string): IncompleteNode[] {
  if (!hasRole(node, "controlplane")) return [];
  const there = linesOf(printed, "container").map((line) => line.split(" ")[0]);
  const components = CONTROL_PLANE.filter((name) => !there.includes(name));
  return components.length > 0 ? [{ node: node.name, components }] : [];
}
