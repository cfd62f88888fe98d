import { setTimeout as sleep } from "node:timers/promises";
import { besideClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { KubernetesReader } from "../cluster/kubernetes/reader.ts";
import { apiProblem, type Unreadable, unreadable } from "../cluster/kubernetes/unreadable.ts";
import type { Problem } from "../cluster/problem.ts";
import { StepFailure } from "../messages/failure.ts";
import type { Tools } from "./step.ts";

/** An API server answers once or twice before it goes down with its restart. */
const TIMES = 3;

interface Asking<T> {
  timeoutSeconds: number;
  /** How many times on end it must answer. */
  times?: number;
  pollMs?: number;
  isReady?: (reader: KubernetesReader) => Promise<boolean>;
  /** What it is asked. A StepFailure that it throws ends the wait; after any other error it is asked again. */
  ask: (reader: KubernetesReader) => Promise<T>;
}

/**
 * Waits until the Kubernetes API has said that it is ready, and has answered the question.
 * @returns the answer, or what is wrong where that took too long, and what the API said last.
 */
export async function untilApiReady<T>(
  { clusterFile, say }: Pick<Tools, "clusterFile" | "say">,
  { timeoutSeconds, times = TIMES, pollMs = 300, isReady = (reader) => reader.isReady(), ask }: Asking<T>,
): Promise<{ answer: T } | { late: Problem; reason: string }> {
  const { kubeconfig } = besideClusterFile(clusterFile);
  const deadline = Date.now() + timeoutSeconds * 1000;
  let [waitingFor, steady]: [Unreadable, number] = [{ error: "it is not stable yet" }, 0];
  while (true) {
    try {
      // RKE rewrites the kubeconfig when its server moves to another node.
      const reader = new KubernetesReader(kubeconfig);
      if (!(await isReady(reader))) throw new Error("its /readyz does not say that it is ready");
      const answer = await ask(reader);
      if (++steady >= times) return { answer };
    } catch (error) {
      if (error instanceof StepFailure) throw error;
      steady = 0;
      const reason = unreadable(error);
      if (reason.error !== waitingFor.error) say(`waiting for the Kubernetes API: ${reason.error}`);
      waitingFor = reason;
    }
    if (Date.now() > deadline) {
      const reason = waitingFor.error;
      const message = `the Kubernetes API is not ready after ${timeoutSeconds} s: ${reason}`;
      return { late: apiProblem(waitingFor, message), reason };
    }
    await sleep(pollMs);
  }
}
