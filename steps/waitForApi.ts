import { setTimeout as sleep } from "node:timers/promises";
import { besideClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { apiErrorMessage, isNotFound, KubernetesReader } from "../cluster/kubernetes/reader.ts";
import type { RancherDeployment } from "../cluster/rancher/deployment.ts";
import { StepFailure } from "../messages/failure.ts";
import type { StepInput, StepReport } from "./contract.ts";
import type { Tools } from "./step.ts";

/**
 * Waits until the Kubernetes API is ready and tells the Rancher image found there. The restarts have just taken the
 * API away, and the patch of the image would fail at once on a cluster it cannot reach.
 */
export async function waitForApi(
  { namespace, deployment, container, timeoutSeconds }: StepInput<"wait-for-api">,
  { clusterFile, say }: Tools,
): Promise<StepReport<"wait-for-api">> {
  const { kubeconfig } = besideClusterFile(clusterFile);
  const deadline = Date.now() + timeoutSeconds * 1000;
  let [waitingFor, steady] = ["", 0];
  while (true) {
    try {
      // RKE rewrites the kubeconfig when its server moves to another node.
      const reader = new KubernetesReader(kubeconfig);
      if (!(await reader.isReady())) throw new Error("its /readyz does not say that it is ready");
      const found: RancherDeployment = await reader.rancher({ namespace, deployment, container });
      if (!found.image) throw failure([`Deployment ${namespace}/${deployment} has no container ${container}`], NAMES);
      // An API server answers once or twice before it goes down with its restart.
      if (++steady >= 3) return { server: reader.server, imageBefore: found.image };
    } catch (error) {
      if (error instanceof StepFailure) throw error;
      if (isNotFound(error)) throw failure([`there is no Deployment ${namespace}/${deployment}`], NAMES);
      steady = 0;
      const reason = apiErrorMessage(error);
      if (reason !== waitingFor) say(`waiting for the Kubernetes API: ${reason}`);
      waitingFor = reason;
    }
    if (Date.now() > deadline) throw failure([`not ready after ${timeoutSeconds} s: ${waitingFor}`], LOOK);
    await sleep(1000);
  }
}

const LOOK = "look at the control plane: docker logs kube-apiserver";
const NAMES =
  "find it: kubectl get deployments -A -o wide; then set rancherDeployment, rancherContainer or rancherNamespace";

function failure(happened: string[], remedy: string): StepFailure {
  return new StepFailure({
    kind: "kubernetes",
    step: "Finding Rancher through the Kubernetes API",
    happened,
    done: "the etcd restore, rke up and the restarts",
    notDone: "the Rancher image and the verification",
    pointOfNoReturn: { state: "passed earlier" },
    remedies: [remedy],
    rerun: "continues from this step",
  });
}
