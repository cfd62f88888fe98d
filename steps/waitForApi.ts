import { isNotFound } from "../cluster/kubernetes/apiError.ts";
import type { KubernetesReader } from "../cluster/kubernetes/reader.ts";
import type { DeploymentRef } from "../cluster/rancher/deployment.ts";
import { StepFailure } from "../messages/failure.ts";
import { LOOK, whenApiIsReady } from "./apiReady.ts";
import type { StepInput, StepReport } from "./contract.ts";
import type { Tools } from "./step.ts";

/**
 * Waits until the Kubernetes API is ready and reports the Rancher image found there. The restarts may have just taken
 * the API away, and the patch of the image would fail at once on a cluster it cannot reach.
 */
export async function waitForApi(
  { timeoutSeconds, ...rancher }: StepInput<"wait-for-api">,
  tools: Tools,
): Promise<StepReport<"wait-for-api">> {
  const ask = async (reader: KubernetesReader) => ({
    server: reader.server,
    imageBefore: await imageIn(reader, rancher),
  });
  return await whenApiIsReady(tools, timeoutSeconds, ask, (happened) => failure(happened, LOOK));
}

/** @throws StepFailure where waiting does not help. */
async function imageIn(reader: KubernetesReader, rancher: DeploymentRef): Promise<string> {
  const { namespace, deployment, container } = rancher;
  const { image } = await reader.rancher(rancher).catch((error: unknown) => {
    throw isNotFound(error) ? failure(`there is no Deployment ${namespace}/${deployment}`, NAMES) : error;
  });
  if (!image) throw failure(`Deployment ${namespace}/${deployment} has no container ${container}`, NAMES);
  return image;
}

const NAMES =
  "find it: kubectl get deployments -A -o wide; then set rancherDeployment, rancherContainer or rancherNamespace";

function failure(happened: string, remedy: string): StepFailure {
  return new StepFailure({
    kind: "kubernetes",
    step: "Finding Rancher through the Kubernetes API",
    happened: [happened],
    done: "the etcd restore and the restarts",
    notDone: "the Rancher image, the verification and what comes after it",
    pointOfNoReturn: { state: "passed earlier" },
    remedies: [remedy],
    rerun: "continues from this step",
  });
}
