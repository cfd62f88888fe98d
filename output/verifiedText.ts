import { connectionsText } from "../cluster/downstream/connections.ts";
import type { VerificationCheck } from "../cluster/verification/checks.ts";
import type { Verified } from "../cluster/verification/verified.ts";

/** What is shown of a cluster, before a rollback and after it. */
export type FactName = "Rancher" | "Kubernetes" | "etcd" | "nodes" | "downstream clusters";

/** A part of the verification, as a name in CI systems. */
export const VERIFICATION_CHECK: Record<VerificationCheck["check"], string> = {
  containers: "containers on the nodes",
  "etcd-members": "etcd from every member",
  "kubernetes-nodes": "nodes in Kubernetes",
  "rancher-serves": "Rancher serves",
  "rancher-leads": "Rancher leads",
};

/** Why a part of the verification was not checked, in words. */
export const VERIFICATION_SKIPPED: Record<NonNullable<VerificationCheck["skipped"]>, string> = {
  "others-failed": "checked only when everything else passes",
};

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
