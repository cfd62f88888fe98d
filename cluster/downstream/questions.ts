import type { KeyIndex } from "../opened/keyIndex.ts";
import { SPEC, WHOLE } from "../opened/kind.ts";
import type { Opening, Question, Rule } from "../opened/open.ts";
import { PROJECT } from "../opened/rancherKinds.ts";
import type { DownstreamCluster, LeftOut } from "./schema.ts";

const MANAGEMENT = "/registry/management.cattle.io/";
/** Rancher's objects of a cluster (rancher/rancher v2.0.0 to v2.12.0 pkg/apis). */
export const CLUSTERS = `${MANAGEMENT}clusters/`;
/** Below the cluster's id. */
export const NODES = `${MANAGEMENT}nodes/`;
export const NODE_POOLS = `${MANAGEMENT}nodepools/`;
export const JOIN_TOKENS = `${MANAGEMENT}clusterregistrationtokens/`;
export const PROJECTS = `${MANAGEMENT}projects/`;
/** Below a workspace and the name of the cluster that Rancher provisions, since v2.6.0. */
export const PROVISIONED = "/registry/provisioning.cattle.io/clusters/";
export const CONTROL_PLANES = "/registry/rke.cattle.io/rkecontrolplanes/";
/** Below a workspace. */
export const MACHINES = "/registry/cluster.x-k8s.io/machines/";
export const FLEET = ["gitrepos", "helmops"].map((plural) => `/registry/fleet.cattle.io/${plural}/`);
export const FLEET_CLUSTERS = "/registry/fleet.cattle.io/clusters/";
/** Where fleet's object of a cluster has Rancher's id, and the namespace of what is deployed into it. */
export const FLEET_CLUSTER = {
  id: "metadata.labels.management.cattle.io/cluster-name",
  namespace: "status.namespace",
};
/** The restores of rancher-backup (rancher/backup-restore-operator pkg/apis/resources.cattle.io/v1). */
export const BACKUP_RESTORES = "/registry/resources.cattle.io/restores/";
/** Until it is set, rancher-backup restores, also after a start of its own (pkg/controllers/restore/controller.go). */
export const COMPLETED = "status.restoreCompletionTs";
export const SERVER_URL = `${MANAGEMENT}settings/server-url`;
export const CA_CERTIFICATES = `${MANAGEMENT}settings/cacerts`;
/** Certificates that Rancher shows, and the authority behind them (rancher/rancher chart). */
export const TLS_SECRETS = ["tls-rancher", "tls-rancher-ingress", "tls-ca"].map(
  (name) => `/registry/secrets/cattle-system/${name}`,
);
/**
 * RKE's state of a cluster with its keys and certificates; behind it the cluster's id, as in `c-c-abc12`
 * (rancher/rancher pkg/controllers/management/clusterprovisioner/store.go, rancher#36085).
 */
export const RKE_STATE = "/registry/secrets/cattle-system/c-";
/** Since v2.6.7 with the service-account tokens of the clusters. */
export const GLOBAL_SECRETS = "/registry/secrets/cattle-global-data/";

/** Field 2 of a Secret in protobuf is its data (k8s.io/api core/v1 generated.proto). */
export const SECRET_DATA = "2";
const SECRET: Rule = { ...WHOLE, each: [SECRET_DATA] };

const RKE1 = "spec.rancherKubernetesEngineConfig";
/**
 * The first that is set is the version that Rancher wants; a kind of cluster has one of them. Hosted ones from before v2.5 have
 * the engine that their driver has written.
 */
export const WANTED_VERSIONS = [
  `${RKE1}.kubernetesVersion`,
  ...["k3sConfig", "rke2Config", "eksConfig", "gkeConfig", "aksConfig"].map((one) => `spec.${one}.kubernetesVersion`),
  ...["genericEngineConfig", "amazonElasticContainerServiceConfig", "azureKubernetesServiceConfig"].map(
    (one) => `spec.${one}.kubernetesVersion`,
  ),
  ...["genericEngineConfig", "googleKubernetesEngineConfig"].map((one) => `spec.${one}.masterVersion`),
];
export const ENCRYPTS = `${RKE1}.services.kubeApi.secretsEncryptionConfig.enabled`;
/** Whether RKE restores the cluster's etcd; until that is done (pkg/controllers/management/clusterprovisioner/provisioner.go). */
export const RKE1_RESTORE = `${RKE1}.restore.restore`;
export const RESTORE_PHASE = "status.etcdSnapshotRestorePhase";
export const KEY_PHASE = "status.rotateEncryptionKeysPhase";
export const TOKEN = "status.serviceAccountToken";
export const TOKEN_SECRET = "status.serviceAccountTokenSecret";
export const CA = "status.caCert";
export const EXPIRATIONS = "status.certificatesExpiration";
export const RKE1_KEY_ROTATION = `${RKE1}.rotateEncryptionKey`;
export const ROTATIONS = {
  certificates: "spec.rkeConfig.rotateCertificates",
  keys: "spec.rkeConfig.rotateEncryptionKeys",
};
export const CONDITIONS = { type: "status.conditions[].type", status: "status.conditions[].status" };
export const DELETED = "metadata.deletionTimestamp";
export const POOLS = {
  quantity: "spec.rkeConfig.machinePools[].quantity",
  timeout: "spec.rkeConfig.machinePools[].unhealthyNodeTimeout",
};
/** Names of the pools of a hosted cluster that Rancher manages. */
export const HOSTED_POOLS = [
  "spec.eksConfig.nodeGroups[].nodegroupName",
  ...["gkeConfig", "aksConfig"].map((one) => `spec.${one}.nodePools[].name`),
];
export const MACHINE = {
  cluster: "metadata.labels.cluster.x-k8s.io/cluster-name",
  node: "status.nodeRef.name",
  phase: "status.phase",
  kind: "spec.infrastructureRef.kind",
};

// These are asked before the questions about what is lost and take their places, so they answer those too.
const CLUSTER: Rule = {
  ...SPEC,
  show: [
    ...["spec.displayName", "status.driver", "status.version.gitVersion", "status.agentImage", TOKEN_SECRET],
    ...[...WANTED_VERSIONS, ...HOSTED_POOLS, ENCRYPTS, RKE1_RESTORE, DELETED, ...Object.values(CONDITIONS)],
  ],
  each: [CA, TOKEN, EXPIRATIONS, RKE1_KEY_ROTATION],
};
const NODE: Rule = {
  ...SPEC,
  show: [
    ...["spec.requestedHostname", "status.nodeName", "spec.nodePoolName", "spec.customConfig.address"],
    ...[DELETED, ...Object.values(CONDITIONS)],
  ],
};
const NODE_POOL: Rule = { ...SPEC, show: ["spec.quantity", "spec.deleteNotReadyAfterSecs"] };
const JOIN_TOKEN: Rule = { each: ["status.token"] };
const PROVISIONED_CLUSTER: Rule = {
  show: ["status.clusterName", "spec.kubernetesVersion", DELETED, ...Object.values(POOLS)],
  each: Object.values(ROTATIONS),
};
const CONTROL_PLANE: Rule = {
  show: [KEY_PHASE, RESTORE_PHASE],
  each: ["status.certificateRotationGeneration"],
};
const CAPI_MACHINE: Rule = { show: [DELETED, ...Object.values(MACHINE)] };
const OF_FLEET: Rule = { show: Object.values(FLEET_CLUSTER) };
const BACKUP_RESTORE: Rule = { ...SPEC, show: [COMPLETED] };
const URL_SETTING: Rule = { show: ["source", "value"], same: ["value"] };
const CA_SETTING: Rule = { show: ["source"], same: ["value"] };

export const DOWNSTREAM_RULES: Rule[] = [
  ...[CLUSTER, NODE, NODE_POOL, JOIN_TOKEN, PROVISIONED_CLUSTER, CONTROL_PLANE, CAPI_MACHINE],
  ...[URL_SETTING, CA_SETTING, SECRET, SPEC, OF_FLEET, BACKUP_RESTORE, PROJECT.rule],
];

/** How many objects are asked for: a Rancher of 1000 nodes is asked about in full. */
const ASKED = 5000;

/** What to ask an opened snapshot, so that it is known what Rancher will do to the clusters that it manages. */
export function downstreamQuestions(opening: Opening): Question[] {
  return allQuestions(opening).slice(0, ASKED);
}

/** What downstreamQuestions leaves out, by resource and cluster. */
export function leftOut(opening: Opening, clusters: Pick<DownstreamCluster, "id" | "name">[]): LeftOut[] {
  const names = new Map(clusters.map(({ id, name }) => [id, name]));
  const left = Map.groupBy(allQuestions(opening).slice(ASKED), ({ key }) => key.slice(0, key.lastIndexOf("/")));
  return [...left].map(([prefix, { length: count }]) => {
    const [group = "", plural = "", namespace] = prefix.slice("/registry/".length).split("/");
    const of = namespace === undefined ? undefined : (names.get(namespace) ?? namespace);
    return { resource: `${plural}.${group}`, ...(of !== undefined && { of }), count };
  });
}

/** The most telling first. */
function allQuestions({ opened, live }: Opening): Question[] {
  const now = "unknown" in live ? undefined : live;
  const keys = [...new Set([...opened.keys.keys(), ...(now?.keys.keys() ?? [])])].sort();
  const below = (prefix: string, rule: Rule, wanted: (key: string) => boolean = () => true) =>
    keys.filter((key) => key.startsWith(prefix) && wanted(key)).map((key) => ({ key, rule }));
  const ids = new Set(below(CLUSTERS, CLUSTER).map(({ key }) => idOf(key)));
  const changed = (key: string) => hasChanged(key, opened, now);
  // Machines that came, went or were made again can lose data by that alone; most others are only written all the time.
  const isOther = (key: string) => opened.keys.get(key)?.created !== now?.keys.get(key)?.created;
  const machines = [...below(MACHINES, CAPI_MACHINE), ...below(NODES, NODE)];
  return [
    ...below(CLUSTERS, CLUSTER),
    ...below(PROVISIONED, PROVISIONED_CLUSTER),
    ...below(CONTROL_PLANES, CONTROL_PLANE),
    ...[SERVER_URL, CA_CERTIFICATES].map((key) => ({ key, rule: key === SERVER_URL ? URL_SETTING : CA_SETTING })),
    ...TLS_SECRETS.map((key) => ({ key, rule: SECRET })),
    ...below(RKE_STATE, SECRET, (key) => ids.has(key.slice(RKE_STATE.length)) && changed(key)),
    ...below(GLOBAL_SECRETS, SECRET, (key) => !key.startsWith(`${GLOBAL_SECRETS}cc-`) && changed(key)),
    ...below(BACKUP_RESTORES, BACKUP_RESTORE),
    ...below(FLEET_CLUSTERS, OF_FLEET),
    ...FLEET.flatMap((prefix) => below(prefix, SPEC, changed)),
    ...below(JOIN_TOKENS, JOIN_TOKEN, changed),
    ...below(PROJECTS, PROJECT.rule, (key) => !opened.keys.has(key)),
    ...below(NODE_POOLS, NODE_POOL),
    ...machines.filter(({ key }) => isOther(key)),
    ...machines.filter(({ key }) => !isOther(key)),
  ].map((question) => ({ ...question, side: sideOf(question.key, opened, now) }));
}

/** A key that both have written at the same revision is the same in both. */
function hasChanged(key: string, opened: KeyIndex, now: KeyIndex | undefined): boolean {
  return now !== undefined && opened.keys.get(key)?.modified !== now.keys.get(key)?.modified;
}

function sideOf(key: string, opened: KeyIndex, now: KeyIndex | undefined): Question["side"] {
  if (!now?.keys.has(key)) return "opened";
  return opened.keys.has(key) ? "both" : "live";
}

/** The last word of a key. */
export function idOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}
