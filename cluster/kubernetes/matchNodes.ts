import type { ClusterNode } from "../clusterFile/clusterFile.ts";

/** By what a Kubernetes node is known. */
export interface NodeIdentity {
  /** A cloud provider may choose it: in-tree aws takes the private DNS name. */
  name: string;
  /** Its label `kubernetes.io/hostname`. */
  hostname?: string;
  internalIps: string[];
}

interface MatchedNodes<N extends ClusterNode, K extends NodeIdentity> {
  pairs: { node: N; kubernetes: K }[];
  /** Nodes of the cluster file that Kubernetes has not. */
  missing: N[];
  /** Nodes of Kubernetes that the cluster file has not. */
  strangers: K[];
}

/**
 * Which Kubernetes node is which of the cluster file's: by the label `kubernetes.io/hostname`, whatever its case, which
 * is the hostname_override, then by InternalIP (RKE v1.8.0 k8s/node.go GetNode); never by the node's name.
 */
export function matchNodes<N extends ClusterNode, K extends NodeIdentity>(
  nodes: N[],
  kubernetes: K[],
): MatchedNodes<N, K> {
  const strangers = new Set(kubernetes);
  const pairs = new Map<N, K>();
  const matchBy = (isSame: (node: N, other: K) => boolean) => {
    for (const node of nodes.filter((one) => !pairs.has(one))) {
      const found = [...strangers].find((other) => isSame(node, other));
      if (!found) continue;
      pairs.set(node, found);
      strangers.delete(found);
    }
  };
  matchBy(({ name }, { hostname }) => hostname?.toLowerCase() === name.toLowerCase());
  matchBy(({ internalAddress }, { internalIps }) => internalIps.includes(internalAddress));
  return {
    pairs: nodes.flatMap((node) => {
      const found = pairs.get(node);
      return found ? [{ node, kubernetes: found }] : [];
    }),
    missing: nodes.filter((node) => !pairs.has(node)),
    strangers: [...strangers],
  };
}
