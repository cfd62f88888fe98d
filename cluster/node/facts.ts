import { type ClusterNode, hasRole } from "../clusterFile/clusterFile.ts";
import { type EtcdView, parseEtcdView } from "../etcd/view.ts";
import { componentFactsScript } from "./components.ts";
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
  /** What this node's etcd sees of its cluster; undefined on nodes without the role etcd. */
  etcd?: EtcdView | { error: string };
}

/** RKE's etcd container carries the endpoint and certificates in its environment (RKE v1.8.0, cluster/plan.go). */
const ETCD_SCRIPT = `for ask in "member list" "endpoint status --cluster"; do
  if said=$(docker exec -e ETCDCTL_API=3 etcd etcdctl $ask -w json 2>/dev/null); then
    printf 'etcd %s\\n' "$said"
  else
    why=$(docker exec -e ETCDCTL_API=3 etcd etcdctl $ask -w json 2>&1 >/dev/null | tr '\\n' ' ')
    printf 'etcd-error %s\\n' "\${why:-only when asked for the second time}"
  fi
done
`;

/**
 * Reads one node over SSH. Nothing is changed.
 * @throws SshError when the node cannot be asked.
 */
export async function readNodeFacts(node: ClusterNode, hostKeys: HostKeyPolicy): Promise<NodeFacts> {
  const script = componentFactsScript(node) + (hasRole(node, "etcd") ? ETCD_SCRIPT : "");
  return parseNodeFacts(await ssh({ node, script, hostKeys, timeoutSeconds: 60 }));
}

/** The lines of the script above → facts. */
export function parseNodeFacts(printed: string): NodeFacts {
  const lines = printed.split("\n");
  const containers = lines.flatMap((line): ContainerFact[] => {
    const [kind, name = "", running, startedAt = ""] = line.split(" ");
    if (kind !== "container") return [];
    const time = Date.parse(startedAt);
    return [
      {
        name: name.replace(/^\//, ""),
        running: running === "true",
        ...(Number.isNaN(time) ? {} : { startedAt: time }),
      },
    ];
  });
  const error = lines.find((line) => line.startsWith("etcd-error "));
  if (error) return { containers, etcd: { error: error.slice("etcd-error ".length).trim() } };
  const [members, status] = lines.filter((line) => line.startsWith("etcd ")).map((line) => line.slice("etcd ".length));
  return { containers, ...(members && status && { etcd: parseEtcdView(members, status) }) };
}
