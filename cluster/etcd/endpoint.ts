import { isIPv6 } from "node:net";
import type { ClusterNode } from "../clusterFile/clusterFile.ts";

/**
 * Where a host's own etcd answers, as RKE sets it up (RKE v1.8.0 cluster/plan.go BuildEtcdProcess): on `internal_address`
 * alone where that differs from `address`, else on all addresses, since the host may not have `address` itself. For
 * `etcdctl` in etcdctl.sh.
 */
export function etcdEndpoint({ address, internalAddress }: Pick<ClusterNode, "address" | "internalAddress">): string {
  const host = internalAddress === address ? "127.0.0.1" : internalAddress;
  return `https://${isIPv6(host) ? `[${host}]` : host}:2379`;
}
