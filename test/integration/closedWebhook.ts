import { kubectl, type LabCluster } from "../../lab/cluster/cluster.ts";

const NAME = "lab-closed";

/**
 * An admission webhook of Rancher's Deployment that fails closed, and whose service has no pods: the image is refused.
 * @param inDryRuns whether it says of itself that it may be asked in a dry run.
 */
export async function closedWebhook(cluster: LabCluster, { inDryRuns }: { inDryRuns: boolean }): Promise<void> {
  const metadata = { name: NAME };
  const service = { namespace: "cattle-system", name: NAME };
  const webhook = {
    name: "closed.lab.internal",
    clientConfig: { service },
    rules: [{ apiGroups: ["apps"], apiVersions: ["v1"], resources: ["deployments"], operations: ["UPDATE"] }],
    objectSelector: { matchLabels: { app: "cattle" } },
    failurePolicy: "Fail",
    admissionReviewVersions: ["v1beta1"],
    sideEffects: inDryRuns ? "None" : "Some",
  };
  const items = [
    { apiVersion: "v1", kind: "Service", metadata: service, spec: { ports: [{ port: 443 }] } },
    // v1 knows no side effects that a dry run would have.
    {
      apiVersion: "admissionregistration.k8s.io/v1beta1",
      kind: "ValidatingWebhookConfiguration",
      metadata,
      webhooks: [webhook],
    },
  ];
  await kubectl(cluster, ["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
}

export async function removeClosedWebhook(cluster: LabCluster): Promise<void> {
  await kubectl(cluster, ["delete", "validatingwebhookconfiguration", NAME, "--ignore-not-found"]);
  await kubectl(cluster, ["-n", "cattle-system", "delete", "service", NAME, "--ignore-not-found"]);
}
