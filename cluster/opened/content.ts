import { z } from "zod";
import type { DeploymentRef } from "../kubernetes/deployment.ts";
import type { KeyIndex } from "./keyIndex.ts";
import type { Answer, Opening, Question, Rule } from "./open.ts";

/** What a snapshot says of itself. */
export const snapshotContentSchema = z.object({
  takenAt: z.iso
    .datetime()
    .optional()
    .describe(
      "the last heartbeat of a node in it that is no later than the reading and, unless most are, than the time in its name or of its file, give or take five minutes; within 10 s of when it was taken by the clock of that node",
    ),
  clusterUid: z.string().optional().describe("uid of the namespace kube-system"),
  kubernetes: z.string().optional().describe("the newest kubelet's version, such as v1.20.15"),
  rancher: z.string().optional().describe("Rancher's setting server-version"),
  rancherImage: z.string().optional().describe("the image that the Rancher Deployment asks for"),
});
export type SnapshotContent = z.infer<typeof snapshotContentSchema>;

const LEASES = "/registry/leases/kube-node-lease/";
const NODES = "/registry/minions/";
const KUBE_SYSTEM = "/registry/namespaces/kube-system";
const SERVER_VERSION = "/registry/management.cattle.io/settings/server-version";

/** Field numbers of k8s.io/api generated.proto: Lease spec.renewTime.seconds, ObjectMeta.uid, Node status and so on. */
const RENEWED = "2.4.1";
const [UID, UID_IN_JSON] = ["1.5", "metadata.uid"];
const [KUBELET, HEARTBEAT] = ["3.7.7", "3.4.3.1"];
const [CONTAINER, IMAGE] = ["2.3.2.2.1", "2.3.2.2.2"];

const LEASE: Rule = { show: [RENEWED] };
const NODE: Rule = { show: [KUBELET, HEARTBEAT], same: ["2"] };
const NAMESPACE: Rule = { show: [UID, UID_IN_JSON], same: ["2"] };
const SETTING: Rule = { show: ["value", "default"], same: ["value"] };
const DEPLOYMENT: Rule = { show: [CONTAINER, IMAGE], same: ["2"] };

export const CONTENT_RULES: Rule[] = [LEASE, NODE, NAMESPACE, SETTING, DEPLOYMENT];

/** The number of nodes that are asked about. */
const SOME = 100;

export function contentQuestions({ opened }: Opening, rancher: DeploymentRef): Question[] {
  const below = (prefix: string) =>
    [...opened.keys.keys()]
      .filter((key) => key.startsWith(prefix))
      .sort(byLastWrite(opened))
      .slice(0, SOME);
  return [
    ...below(LEASES).map((key) => ({ key, side: "opened" as const, rule: LEASE })),
    ...below(NODES).map((key) => ({ key, side: "both" as const, rule: NODE })),
    { key: KUBE_SYSTEM, side: "both", rule: NAMESPACE },
    { key: SERVER_VERSION, side: "both", rule: SETTING },
    { key: deploymentKey(rancher), side: "both", rule: DEPLOYMENT },
  ];
}

/** How much later than by this machine's clock a heartbeat may be, ms: each node writes its own by its own clock. */
export const CLOCKS_DIFFER = 300_000;

interface Read {
  /** When the snapshot was saved by its name or its file (takenAt.ts), ms since 1970; where that is known. */
  savedAt?: number | undefined;
  /** Ms since 1970. */
  now?: number;
}

export function contentOf(answers: Map<string, Answer>, rancher: DeploymentRef, read: Read = {}): SnapshotContent {
  const of = (key: string, path: string) => answers.get(key)?.opened[path] ?? [];
  const all = (prefix: string, path: string) =>
    [...answers.keys()].filter((key) => key.startsWith(prefix)).flatMap((key) => of(key, path));
  const text = (values: unknown[]) => values.find((one): one is string => typeof one === "string" && one !== "");
  // Kubernetes before v1.14 has no leases of nodes; its nodes say when they were last heard of.
  const renewed = all(LEASES, RENEWED);
  const beats = credible(
    (renewed.length > 0 ? renewed : all(NODES, HEARTBEAT)).map((one) => Number(one) * 1000),
    read,
  );
  const clusterUid = uidIn(answers.get(KUBE_SYSTEM)?.opened);
  const kubelets = all(NODES, KUBELET)
    .map(String)
    .sort((one, other) => one.localeCompare(other, "en", { numeric: true }));
  const rancherVersion = text([...of(SERVER_VERSION, "value"), ...of(SERVER_VERSION, "default")]);
  const at = of(deploymentKey(rancher), CONTAINER).indexOf(rancher.container);
  const rancherImage = text([of(deploymentKey(rancher), IMAGE)[at]]);
  const kubernetes = kubelets.at(-1);
  return {
    ...(beats.length > 0 && { takenAt: new Date(Math.max(...beats)).toISOString() }),
    ...(clusterUid && { clusterUid }),
    ...(kubernetes && { kubernetes }),
    ...(rancherVersion && { rancher: rancherVersion }),
    ...(rancherImage && { rancherImage }),
  };
}

/**
 * Heartbeats without those of nodes whose clocks are ahead: later than the reading, or than the snapshot was saved. Where
 * most are later than that, it is the clock of the host that saved it which is behind.
 */
function credible(all: number[], { savedAt, now = Date.now() }: Read): number[] {
  const beats = all.filter((one) => one > 0 && one <= now + CLOCKS_DIFFER);
  if (savedAt === undefined) return beats;
  const before = beats.filter((one) => one <= savedAt + CLOCKS_DIFFER);
  return before.length * 2 >= beats.length ? before : beats;
}

/** The uid of the namespace kube-system that lives; undefined where the live etcd was not read. */
export function liveClusterUid(answers: Map<string, Answer>): string | undefined {
  return uidIn(answers.get(KUBE_SYSTEM)?.live);
}

/** Whether there is a Kubernetes cluster, also where its namespaces are encrypted. */
export function holdsCluster({ keys }: KeyIndex): boolean {
  return keys.has(KUBE_SYSTEM);
}

function uidIn(fields: Answer["opened"] = {}): string | undefined {
  const [uid] = [...(fields[UID] ?? []), ...(fields[UID_IN_JSON] ?? [])];
  return typeof uid === "string" && uid !== "" ? uid : undefined;
}

function deploymentKey({ namespace, deployment }: DeploymentRef): string {
  return `/registry/deployments/${namespace}/${deployment}`;
}

function byLastWrite({ keys }: KeyIndex): (one: string, other: string) => number {
  return (one, other) => (keys.get(other)?.modified ?? 0) - (keys.get(one)?.modified ?? 0);
}
