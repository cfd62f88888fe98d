import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesReader } from "../../../cluster/kubernetes/reader.ts";
import type { DeploymentRef } from "../../../cluster/rancher/deployment.ts";
import type { Log } from "../provider.ts";

interface Patience {
  seconds: number;
  log: Log;
  stop: AbortSignal;
}

/** Waits until every replica runs what was applied. @returns why it does not, once its time is over or the operator stops. */
export async function awaitRollout(
  api: KubernetesReader,
  asked: DeploymentRef,
  { seconds, log, stop }: Patience,
): Promise<string | undefined> {
  const end = performance.now() + seconds * 1000;
  for (let shown = ""; ; ) {
    // The API server may well be away for a moment after what was done to it.
    const { rolledOut, state } = await api.rancher(asked).catch(() => NOT_ASKED);
    if (rolledOut) return undefined;
    if (state !== shown) log.info(state);
    shown = state;
    if (stop.aborted) return `Resource operation was cancelled for "${asked.deployment}": ${state}`;
    if (performance.now() > end) return `'${asked.deployment}' timed out waiting to be Ready: ${state}`;
    await sleep(1000, undefined, { signal: stop }).catch(() => {});
  }
}

const NOT_ASKED = { rolledOut: false, state: "the API server does not answer" };
