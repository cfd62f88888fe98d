import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { hasRole } from "../clusterFile/node.ts";
import { type EtcdView, etcdViewScript, parseEtcdAnswers } from "../etcd/view.ts";
import type { DeploymentRef } from "../rancher/deployment.ts";
import { lineOf, linesOf } from "../script.ts";
import { componentFactsScript, rancherFactsScript } from "./components.ts";
import { type HostKeyPolicy, ssh } from "./ssh.ts";

/** A container on a node. `startedAt` is by the node's own clock, in ms since 1970; undefined when it is absent. */
export interface ContainerFact {
  name: string;
  running: boolean;
  startedAt?: number;
}

/** What a node says about itself. */
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
