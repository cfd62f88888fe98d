import { AppsV1Api, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import type { DeploymentRef } from "./deployment.ts";
import { loadKubeconfig } from "./kubeconfig.ts";

/**
 * What `kubectl set image` does: a patch that any Kubernetes takes. Errors are those of the API client.
 * @param dryRun asks all that would be asked, and changes nothing: from Kubernetes v1.13 on.
 */
export async function setImage(
  kubeconfig: string,
  { namespace, deployment, container }: DeploymentRef,
  image: string,
  { dryRun = false } = {},
): Promise<void> {
  // Containers are merged by name: a sidecar stays as it is.
  const body = { spec: { template: { spec: { containers: [{ name: container, image }] } } } };
  await loadKubeconfig(kubeconfig)
    .makeApiClient(AppsV1Api)
    .patchNamespacedDeployment(
      { namespace, name: deployment, body, ...(dryRun && { dryRun: "All" }) },
      setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch),
    );
}
