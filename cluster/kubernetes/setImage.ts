import { AppsV1Api, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import type { DeploymentRef } from "./deployment.ts";
import { loadKubeconfig } from "./kubeconfig.ts";

/** What `kubectl set image` does: a patch that any Kubernetes takes. Errors are those of the API client. */
export async function setImage(
  kubeconfig: string,
  { namespace, deployment, container }: DeploymentRef,
  image: string,
): Promise<void> {
  // Containers are merged by name: a sidecar stays as it is.
  const body = { spec: { template: { spec: { containers: [{ name: container, image }] } } } };
  await loadKubeconfig(kubeconfig)
    .makeApiClient(AppsV1Api)
    .patchNamespacedDeployment(
      { namespace, name: deployment, body },
      setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch),
    );
}
