import { setTimeout as sleep } from "node:timers/promises";
import { besideClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { apiErrorMessage } from "../cluster/kubernetes/apiError.ts";
import { KubernetesReader } from "../cluster/kubernetes/reader.ts";
import { StepFailure } from "../messages/failure.ts";
import type { Tools } from "./step.ts";

/** What to type where it does not become ready. */
export const LOOK = "look at the control plane: docker logs kube-apiserver";

const POLL_MS = 300;
/** An API server answers once or twice before it goes down with its restart. */
const TIMES = 3;

/**
 * Waits until the Kubernetes API has said several times on end that it is ready, and has answered the question.
 * @param ask what it is asked. A StepFailure that it throws ends the wait; after any other error it is asked again.
 * @param late makes the failure of a wait that took too long, from what happened.
 */
export async function whenApiIsReady<T>(
  { clusterFile, say }: Pick<Tools, "clusterFile" | "say">,
  timeoutSeconds: number,
  ask: (reader: KubernetesReader) => Promise<T>,
  late: (happened: string) => StepFailure,
): Promise<T> {
  const { kubeconfig } = besideClusterFile(clusterFile);
  const deadline = Date.now() + timeoutSeconds * 1000;
  let [waitingFor, steady] = ["", 0];
  while (true) {
    try {
      // RKE rewrites the kubeconfig when its server moves to another node.
      const reader = new KubernetesReader(kubeconfig);
      if (!(await reader.isReady())) throw new Error("its /readyz does not say that it is ready");
      const answer = await ask(reader);
      if (++steady >= TIMES) return answer;
    } catch (error) {
      if (error instanceof StepFailure) throw error;
      steady = 0;
      const reason = apiErrorMessage(error);
      if (reason !== waitingFor) say(`waiting for the Kubernetes API: ${reason}`);
      waitingFor = reason;
    }
    if (Date.now() > deadline) {
      throw late(
        `the Kubernetes API is not ready after ${timeoutSeconds} s: ${waitingFor || "it has only just answered"}`,
      );
    }
    await sleep(POLL_MS);
  }
}
