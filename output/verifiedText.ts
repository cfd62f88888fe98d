import { connectionsText } from "../cluster/downstream/connections.ts";
import type { Verified } from "../cluster/verification/verified.ts";

/** What is shown of a cluster, before a rollback and after it. */
export type FactName = "Rancher" | "Kubernetes" | "etcd" | "nodes" | "downstream clusters";

/** What was verified, in words. */
export function verifiedTexts(verified: Verified | undefined): { name: FactName; text: string }[] {
  if (!verified) return [];
  const { rancherVersion, kubernetesVersion, etcdMembers, nodesReady } = verified;
  const downstream = connectionsText(verified.downstream ?? []);
  return [
    { name: "Rancher", text: rancherVersion },
    ...(kubernetesVersion ? [{ name: "Kubernetes" as const, text: kubernetesVersion }] : []),
    { name: "etcd", text: `${etcdMembers} members` },
    { name: "nodes", text: `${nodesReady} ready` },
    ...(downstream ? [{ name: "downstream clusters" as const, text: downstream }] : []),
  ];
}
