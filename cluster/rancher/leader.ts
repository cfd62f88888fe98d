import { ifFound } from "../kubernetes/apiError.ts";
import type { RancherPod } from "../kubernetes/deployment.ts";
import type { KubernetesReader } from "../kubernetes/reader.ts";
import { lockKind } from "./releases.ts";

/** Rancher's controllers run in the pod that holds this lock (wrangler pkg/leader; rancher v2.0.0 app/app.go). */
export const LOCK = { namespace: "kube-system", name: "cattle-controllers" };
const ANNOTATION = "control-plane.alpha.kubernetes.io/leader";

export interface LeaderLock {
  /** The host name of a pod, which is the pod's name, or its host's; empty when it was released. */
  holder: string;
  /** ms since 1970 by the holder's clock. */
  renewedAt: number;
}

/** The lock of a Rancher version, or undefined when there is none. @throws the error of the API client. */
export async function readLock(reader: KubernetesReader, version: string): Promise<LeaderLock | undefined> {
  return await ifFound(lockKind(version) === "Lease" ? fromLease(reader) : fromConfigMap(reader), undefined);
}

async function fromLease(reader: KubernetesReader): Promise<LeaderLock> {
  const { spec } = await reader.lease(LOCK.namespace, LOCK.name);
  return { holder: spec?.holderIdentity ?? "", renewedAt: new Date(spec?.renewTime ?? 0).getTime() };
}

async function fromConfigMap(reader: KubernetesReader): Promise<LeaderLock | undefined> {
  const { metadata } = await reader.configMap(LOCK.namespace, LOCK.name);
  const text = metadata?.annotations?.[ANNOTATION];
  if (text === undefined) return undefined;
  const { holderIdentity = "", renewTime = "" } = JSON.parse(text) as { holderIdentity?: string; renewTime?: string };
  return { holder: holderIdentity, renewedAt: Date.parse(renewTime) };
}

/** Whether Rancher leads, by two looks at the lock; not to lead is normal for about a minute after a restore. */
export type Leadership =
  | { state: "leads"; pod: string }
  | { state: "no-lock" }
  | { state: "held-by-another"; holder: string }
  | { state: "not-renewed"; pod: string };

/** `pods` are those of the wanted image. */
export function leadership(looks: (LeaderLock | undefined)[], pods: RancherPod[]): Leadership {
  const [first, last] = [looks[0], looks.at(-1)];
  if (!last?.holder) return { state: "no-lock" };
  const pod = pods.find((one) => hostNameOf(one) === last.holder);
  if (!pod) return { state: "held-by-another", holder: last.holder };
  const renewed = first?.holder === last.holder && last.renewedAt > first.renewedAt;
  const sinceStart = pod.startedAt !== undefined && last.renewedAt > pod.startedAt;
  return { state: renewed && sinceStart ? "leads" : "not-renewed", pod: pod.name };
}

/** The kubelet cuts a host name after 63 characters (kubernetes pkg/kubelet/kubelet_pods.go). With the host's network, a pod has its name too. */
function hostNameOf({ name, host }: RancherPod): string {
  return host ?? name.slice(0, 63).replace(/[-.]+$/, "");
}
