import { setTimeout as sleep } from "node:timers/promises";
import type { V1Deployment, V1DeploymentCondition, V1Pod, V1ReplicaSet } from "@kubernetes/client-node";
import type { Log } from "../provider.ts";
import type { Properties } from "../values.ts";
import type { Api } from "./api.ts";
import { podTrouble } from "./podTrouble.ts";

/** The Deployment did not become what it should in time, or the operator did not want to wait. */
export class NotReady extends Error {
  readonly deployment: Properties;
  readonly troubles: string[];

  constructor(message: string, deployment: Properties, troubles: string[]) {
    super(message);
    this.deployment = deployment;
    this.troubles = troubles;
  }
}

interface Patience {
  /** In seconds. */
  timeout: number;
  log: Log;
  stop: AbortSignal;
}

/** Waits until the Deployment's newest revision runs; a deadline that only Kubernetes has set does not end the wait. */
export async function awaitRollout(
  api: Api,
  applied: Properties,
  { timeout, log, stop }: Patience,
): Promise<Properties> {
  const end = performance.now() + timeout * 1000;
  const name = (applied as V1Deployment).metadata?.name;
  let last: Rollout = { deployment: applied, ready: false, waitsFor: "", warnings: [], troubles: [] };
  let shown = "";
  for (;;) {
    // The API server may well be away for a moment after what was done to it.
    last = await rolloutOf(api, last.deployment).catch(() => last);
    if (last.ready) {
      log.status("info", "Deployment initialization complete");
      return last.deployment;
    }
    const words = [last.waitsFor, ...last.warnings].join("\n");
    if (words !== shown) {
      for (const warning of last.warnings) log.status("warning", warning);
      log.status("info", last.waitsFor);
    }
    shown = words;
    const { deployment, troubles } = last;
    if (stop.aborted) throw new NotReady(`Resource operation was cancelled for "${name}"`, deployment, troubles);
    if (performance.now() > end) throw new NotReady(`'${name}' timed out waiting to be Ready`, deployment, troubles);
    await sleep(1000, undefined, { signal: stop }).catch(() => {});
  }
}

interface Rollout {
  deployment: Properties;
  ready: boolean;
  waitsFor: string;
  /** What does not look well yet. */
  warnings: string[];
  /** What is wrong if the wait ends here. */
  troubles: string[];
}

/** How far it is rolled out now. */
export async function rolloutOf(api: Api, { metadata }: Properties): Promise<Rollout> {
  const { namespace, name } = metadata as { namespace: string; name: string };
  const deployment = await api.request("GET", `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
  const { metadata: { uid, generation, annotations } = {}, status } = deployment as V1Deployment;
  if (status?.observedGeneration !== generation)
    return { deployment, ready: false, waitsFor: "Waiting for the Deployment controller", warnings: [], troubles: [] };

  const revision = revisionOf(annotations);
  const sets = await list<V1ReplicaSet>(api, `/apis/apps/v1/namespaces/${namespace}/replicasets`);
  const set = sets.find((other) => isOwnedBy(other, uid) && revisionOf(other.metadata?.annotations) === revision);
  const wanted = set?.spec?.replicas ?? 1;
  const running = set?.status?.readyReplicas ?? 0;
  const waitsFor = `Waiting for app ReplicaSet to be available (${running}/${wanted} Pods available)`;

  const available = isTrue(conditionOf(status, "Available"));
  const progressing = conditionOf(status, "Progressing");
  // A first revision rolls nothing out, so that nothing can say it has.
  const rolledOut = revision === "1" || (isTrue(progressing) && progressing?.reason === "NewReplicaSetAvailable");
  const updated = set !== undefined && running >= wanted;
  if (available && rolledOut && updated) return { deployment, ready: true, waitsFor, warnings: [], troubles: [] };

  const conditions = [conditionOf(status, "Available"), progressing]
    .filter((condition) => condition !== undefined && !isTrue(condition))
    .map((condition) => `[${condition?.reason}] ${condition?.message}`);
  const summary = available
    ? "Minimum number of Pods to consider the application live was not attained"
    : "Minimum number of live Pods was not attained";
  const pods = await list<V1Pod>(api, `/api/v1/namespaces/${namespace}/pods`);
  const ofPods = pods.filter((pod) => set && isOwnedBy(pod, set.metadata?.uid)).map(podTrouble);
  const warnings = [...conditions, ...ofPods.filter((trouble) => trouble !== undefined)];
  return { deployment, ready: false, waitsFor, warnings, troubles: [summary, ...warnings] };
}

async function list<T>(api: Api, path: string): Promise<T[]> {
  const { items } = await api.request("GET", path);
  return Array.isArray(items) ? items : [];
}

function revisionOf(annotations: Record<string, string> | undefined): string | undefined {
  return annotations?.["deployment.kubernetes.io/revision"];
}

function isOwnedBy(object: V1ReplicaSet | V1Pod, uid: string | undefined): boolean {
  return object.metadata?.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}

function conditionOf(status: V1Deployment["status"], type: string): V1DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

function isTrue(condition: V1DeploymentCondition | undefined): boolean {
  return condition?.status === "True";
}
