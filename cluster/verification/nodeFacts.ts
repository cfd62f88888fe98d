import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { hasRole } from "../clusterFile/node.ts";
import { type ContainerFact, componentFactsScript, containersOf, rancherFactsScript } from "../containers/facts.ts";
import { type EtcdView, etcdViewScript, parseEtcdAnswers } from "../etcd/view.ts";
import type { DeploymentRef } from "../kubernetes/deployment.ts";
import { type HostKeyPolicy, ssh } from "../node/ssh.ts";
import { lineOf } from "../script.ts";

export interface NodeFacts {
  containers: ContainerFact[];
  /** Its own host name, which may be none that Kubernetes knows; where Rancher's containers were asked for. */
  host?: string;
  /** What this node's etcd sees of its cluster; undefined on nodes without the role etcd. */
  etcd?: EtcdView | { error: string };
}

/**
 * Reads one node over SSH, with Rancher's own containers where `rancher` names them. Nothing is changed.
 * @throws SshError when the node cannot be asked.
 */
export async function readNodeFacts(
  node: ClusterNode,
  hostKeys: HostKeyPolicy,
  rancher?: DeploymentRef,
): Promise<NodeFacts> {
  const script = [
    componentFactsScript(node),
    ...(rancher ? [rancherFactsScript(rancher)] : []),
    ...(hasRole(node, "etcd") ? [etcdViewScript(node)] : []),
  ].join("");
  return parseNodeFacts(await ssh({ node, script, hostKeys, timeoutSeconds: 60 }));
}

export function parseNodeFacts(printed: string): NodeFacts {
  const etcd = parseEtcdAnswers(printed);
  const host = lineOf(printed, "host");
  const containers = [...containersOf(printed, "container"), ...containersOf(printed, "rancher")];
  return { containers, ...(host && { host }), ...(etcd && { etcd }) };
}
