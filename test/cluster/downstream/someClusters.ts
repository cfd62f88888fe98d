import type { FakeKey } from "../../support/fakeEtcdctl.ts";
import type { FakeEtcd } from "../../support/openedDocker.ts";
import { stored } from "../../support/protobuf.ts";

/** An object of Rancher's, or the data of a Secret. */
type Stored = object | string;
/** What was stored under a key in the snapshot, and what is now; undefined where there is nothing. */
/** `remade`: it was deleted and made again since. */
type Pair = [before: Stored | undefined, now: Stored | undefined, how?: "remade"];

const P = "/registry/management.cattle.io";
const WORKSPACE = "fleet-default";
const DEPLOYED = "/registry/fleet.cattle.io/bundledeployments/cluster-fleet-default-c";

/** Secrets that must never leave a node. */
export const SECRET = /hunter\d|PRIVATE|s3-secret/;

interface Given {
  driver?: string;
  /** Of Kubernetes, running and wanted. */
  version?: string;
  wanted?: string;
  agent?: string;
  token?: string;
  tokenSecret?: string;
  caCert?: string;
  encrypts?: boolean;
  /** RKE restores its etcd from a snapshot of its own. */
  restores?: boolean;
  /** Of a hosted cluster of a Rancher before v2.5, as its driver calls it. */
  hosted?: Record<string, string>;
  /** Of one that Rancher manages in Amazon's cloud: its version, and its groups of nodes. */
  eks?: { version: string; groups: string[] };
  conditions?: Record<string, string>;
  deleted?: boolean;
}

/** A cluster as Rancher stores it, with what must not leave a node. */
function cluster(name: string, given: Given = {}): object {
  const { driver = "rancherKubernetesEngine", version = "v1.20.15", wanted = "v1.20.15-rancher2-2" } = given;
  const rke = {
    kubernetesVersion: wanted,
    restore: { restore: given.restores ?? false, snapshotName: "c-x:rs-1" },
    privateRegistries: [{ password: "hunter1" }],
    services: {
      etcd: { backupConfig: { s3BackupConfig: { secretKey: "s3-secret" } } },
      kubeApi: { secretsEncryptionConfig: { enabled: given.encrypts ?? false } },
    },
  };
  return {
    ...{ apiVersion: "management.cattle.io/v3", kind: "Cluster" },
    metadata: { name, ...(given.deleted && { deletionTimestamp: "2026-11-23T01:00:00Z" }) },
    spec: {
      displayName: name,
      ...(driver === "rancherKubernetesEngine" && { rancherKubernetesEngineConfig: rke }),
      ...(given.eks && {
        eksConfig: {
          kubernetesVersion: given.eks.version,
          nodeGroups: given.eks.groups.map((nodegroupName) => ({ nodegroupName, desiredSize: 2 })),
        },
      }),
      ...(given.hosted && { genericEngineConfig: { ...given.hosted, secretKey: "hunter9" } }),
    },
    status: {
      ...{ driver, version: { gitVersion: version }, agentImage: given.agent ?? "rancher/rancher-agent:v2.5.8" },
      ...{ caCert: given.caCert ?? "ca1", serviceAccountToken: given.token ?? "hunter2" },
      ...(given.tokenSecret && { serviceAccountToken: "", serviceAccountTokenSecret: given.tokenSecret }),
      appliedSpec: { rancherKubernetesEngineConfig: rke },
      conditions: Object.entries({ Ready: "True", ...given.conditions }).map(([type, status]) => ({ type, status })),
    },
  };
}

const node = (name: string, spec: object, more: object = {}) => ({
  spec: { requestedHostname: name, ...spec },
  status: { nodeName: name, rkeNode: { sshKey: "PRIVATE" }, conditions: [{ type: "Provisioned", status: "True" }] },
  ...more,
});
const custom = (name: string) => node(name, { customConfig: { address: "10.1.1.1", sshKey: "PRIVATE" } });
const pooled = (name: string, more?: object) => node(name, { nodePoolName: "c-x:np-1" }, more);
const both = (one: Stored): Pair => [one, one];

/** A cluster that Rancher provisions: its three objects, and machines. */
function provisioned(
  id: string,
  name: string,
  [before, now]: { version?: string; pool?: object; rotate?: object; key?: string; restore?: string }[],
  machines: Record<string, Pair> = {},
): Record<string, Pair> {
  const own = ({ version = "v1.24.4+rke2r1", pool = { quantity: 1 }, rotate }: typeof before & object) => ({
    spec: {
      kubernetesVersion: version,
      rkeConfig: { machinePools: [{ name: "a", ...pool }], ...rotate, registries: { password: "hunter3" } },
    },
    status: { clusterName: id },
  });
  const of = ({ version = "v1.24.4+rke2r1" }: typeof before & object) => cluster(name, { driver: "rke2", version });
  const [one, other] = [before ?? {}, now ?? {}];
  return {
    [`${P}/clusters/${id}`]: [of(one), of(other)],
    [`/registry/provisioning.cattle.io/clusters/${WORKSPACE}/${name}`]: [own(one), own(other)],
    [`/registry/rke.cattle.io/rkecontrolplanes/${WORKSPACE}/${name}`]: [
      { status: { rotateEncryptionKeysPhase: one.key ?? "", etcdSnapshotRestorePhase: one.restore ?? "" } },
      { status: { etcdSnapshotRestorePhase: other.restore ?? "" } },
    ],
    ...Object.fromEntries(
      Object.entries(machines).map(([machine, pair]) => [
        `/registry/cluster.x-k8s.io/machines/${WORKSPACE}/${machine}`,
        pair,
      ]),
    ),
  };
}

const machine = (of: string, { kind = "VmwarevsphereMachine", phase = "Running", deleted = false } = {}) => ({
  metadata: {
    labels: { "cluster.x-k8s.io/cluster-name": of },
    ...(deleted && { deletionTimestamp: "2026-11-23T01:00:00Z" }),
  },
  spec: { infrastructureRef: { kind } },
  status: { phase },
});

const project = (displayName: string, which?: "default") => ({
  metadata: { labels: which ? { [`authz.management.cattle.io/${which}-project`]: "true" } : {} },
  spec: { displayName },
});

/** A pair for each key: one cluster for each hazard, by its name. */
export const CLUSTERS: Record<string, Pair> = {
  [`${P}/clusters/local`]: [cluster("local", { driver: "imported" }), cluster("local", { version: "v1.21.1" })],
  [`${P}/clusters/c-same`]: both(cluster("same", { encrypts: true })),
  "/registry/secrets/cattle-system/c-c-same": both("state1"),
  // Created and deleted since.
  [`${P}/clusters/c-made`]: [undefined, cluster("made")],
  [`${P}/nodes/c-made/m-1`]: [undefined, pooled("made-1")],
  [`${P}/clusters/c-imported`]: [undefined, cluster("imported", { driver: "imported" })],
  [`${P}/nodes/c-imported/m-1`]: [undefined, node("imported-1", {})],
  [`${P}/clusters/c-gone`]: [cluster("gone"), undefined],
  [`${P}/nodes/c-gone/m-1`]: [pooled("gone-1"), undefined],
  [`${P}/nodepools/c-gone/np-1`]: [{ spec: { quantity: 1, deleteNotReadyAfterSecs: 120 } }, undefined],
  [`${P}/clusters/c-going`]: [cluster("going"), cluster("going", { deleted: true })],
  // Kubernetes.
  [`${P}/clusters/c-old`]: [
    cluster("upgraded"),
    cluster("upgraded", { version: "v1.22.9", wanted: "v1.22.9-rancher1-1" }),
  ],
  ...provisioned("c-m-1", "upgraded-rke2", [{}, { version: "v1.25.3+rke2r1" }]),
  [`${P}/clusters/c-imp2`]: [
    cluster("upgraded-by-itself", { driver: "k3s", version: "v1.20.1+k3s1" }),
    cluster("upgraded-by-itself", { driver: "k3s", version: "v1.21.1+k3s1" }),
  ],
  [`${P}/clusters/c-gke`]: [
    cluster("hosted", { driver: "googleKubernetesEngine", hosted: { masterVersion: "1.20.15-gke.1" } }),
    cluster("hosted", { driver: "googleKubernetesEngine", hosted: { masterVersion: "1.21.14-gke.1" } }),
  ],
  [`${P}/clusters/c-eks`]: [
    cluster("in-the-cloud", { driver: "EKS", eks: { version: "1.21", groups: ["blue"] } }),
    cluster("in-the-cloud", { driver: "EKS", eks: { version: "1.21", groups: ["blue", "green"] } }),
  ],
  [`${P}/clusters/c-eks2`]: [
    cluster("less-in-the-cloud", { driver: "EKS", eks: { version: "1.21", groups: ["blue", "green"] } }),
    cluster("less-in-the-cloud", { driver: "EKS", eks: { version: "1.21", groups: ["blue"] } }),
  ],
  // Nodes.
  [`${P}/clusters/c-nodes`]: both(cluster("nodes")),
  [`${P}/nodes/c-nodes/m-1`]: both(custom("stays")),
  [`${P}/nodes/c-nodes/m-2`]: [undefined, custom("added")],
  [`${P}/nodes/c-nodes/m-3`]: [undefined, pooled("pooled")],
  [`${P}/nodes/c-nodes/m-4`]: [custom("removed"), undefined],
  [`${P}/nodes/c-nodes/m-5`]: [undefined, node("found", {})],
  [`${P}/nodepools/c-nodes/np-1`]: [{ spec: { quantity: 0 } }, { spec: { quantity: 1 } }],
  ...provisioned("c-m-2", "machines", [{}, { pool: { quantity: 2 } }], {
    "machines-1": both(machine("machines")),
    "machines-2": [undefined, machine("machines")],
    "machines-3": [machine("machines"), undefined],
    "custom-1": [undefined, machine("machines", { kind: "CustomMachine" })],
  }),
  // Certificates, keys and tokens.
  [`${P}/clusters/c-ca`]: [cluster("ca"), cluster("ca", { caCert: "ca2" })],
  [`${P}/clusters/c-state`]: both(cluster("state")),
  "/registry/secrets/cattle-system/c-c-state": ["state1 PRIVATE", "state2 PRIVATE"],
  [`${P}/clusters/c-keys`]: both(cluster("keys", { encrypts: true })),
  "/registry/secrets/cattle-system/c-c-keys": ["state1", "state2"],
  ...provisioned("c-m-3", "rotated", [{}, { rotate: { rotateEncryptionKeys: { generation: 1 } } }]),
  ...provisioned("c-m-4", "renewed", [{}, { rotate: { rotateCertificates: { generation: 1 } } }]),
  [`${P}/clusters/c-token`]: [cluster("token"), cluster("token", { token: "hunter4" })],
  [`${P}/clusters/c-secret`]: both(cluster("token-in-secret", { tokenSecret: "sa-1" })),
  "/registry/secrets/cattle-global-data/sa-1": ["hunter5", "hunter6"],
  [`${P}/clusters/c-moved`]: [cluster("token-moved"), cluster("token-moved", { tokenSecret: "sa-2" })],
  [`${P}/clusters/c-join`]: both(cluster("join")),
  [`${P}/clusterregistrationtokens/c-join/default-token`]: [
    { status: { token: "hunter7" } },
    { status: { token: "hunter8" } },
  ],
  // In the middle of something.
  [`${P}/clusters/c-busy`]: [cluster("was-busy", { conditions: { Updated: "Unknown" } }), cluster("was-busy")],
  [`${P}/nodes/c-busy/m-1`]: [
    pooled("dying", { metadata: { deletionTimestamp: "2026-11-23T01:00:00Z" } }),
    pooled("dying"),
  ],
  ...provisioned("c-m-5", "half-made", [{ key: "Prepare" }, {}], {
    "half-1": [machine("half-made", { phase: "Provisioning" }), machine("half-made")],
  }),
  [`${P}/clusters/c-restore`]: [cluster("restored-its-etcd", { restores: true }), cluster("restored-its-etcd")],
  ...provisioned("c-m-7", "restored-rke2", [{ restore: "Shutdown" }, { restore: "Finished" }]),
  ...provisioned("c-m-8", "had-restored", [{ restore: "Finished" }, { restore: "Failed" }]),
  [`${P}/clusters/c-restore2`]: [cluster("restored-and-deleted", { restores: true }), undefined],
  [`${P}/clusters/c-works`]: [cluster("works"), cluster("works", { conditions: { Provisioned: "Unknown" } })],
  // Made anew by rancher-backup, or registered again.
  [`${P}/clusters/c-again`]: both(cluster("registered-again")),
  [`${P}/nodes/c-again/m-1`]: [custom("again"), custom("again"), "remade"],
  [`${P}/nodes/c-again/m-2`]: [node("found", {}), node("found", {}), "remade"],
  ...provisioned("c-m-6", "remade", [{}, {}], {
    "remade-1": [machine("remade"), machine("remade"), "remade"],
    "remade-2": both(machine("remade")),
  }),
  // Projects.
  [`${P}/clusters/c-projects`]: both(cluster("projects")),
  [`${P}/projects/c-projects/p-1`]: [undefined, project("shop")],
  [`${P}/projects/c-projects/p-2`]: [undefined, project("Default", "default")],
  [`${P}/projects/c-projects/p-3`]: [project("gone"), undefined],
  [`${P}/projects/c-projects/p-4`]: both(project("old")),
  [`${P}/projects/c-made/p-5`]: [undefined, project("of a new cluster")],
  // What fleet has deployed into it.
  [`${P}/clusters/c-fleet`]: both(cluster("fleet")),
  "/registry/fleet.cattle.io/clusters/fleet-default/c-fleet": both({
    metadata: { labels: { "management.cattle.io/cluster-name": "c-fleet" } },
    status: { namespace: "cluster-fleet-default-c-fleet-1a2b", agent: { lastSeen: "now" } },
  }),
  [`${DEPLOYED}-fleet-1a2b/shop-app`]: [undefined, { spec: { deploymentID: "s-1" } }],
  [`${DEPLOYED}-fleet-1a2b/shop-db`]: both({ spec: { deploymentID: "s-2" } }),
  [`${DEPLOYED}-fleet-1a2b/shop-old`]: [{ spec: { deploymentID: "s-3" } }, undefined],
  [`${DEPLOYED}-fleet-1a2b/mcc-c-fleet-managed-system-agent`]: [undefined, {}],
  [`${DEPLOYED}-fleet-1a2b/fleet-agent-c-fleet`]: [undefined, {}],
  [`${DEPLOYED}-other-3c4d/unknown`]: [undefined, {}],
  // Connections.
  [`${P}/clusters/c-away`]: both(cluster("away", { conditions: { Connected: "False" } })),
  [`${P}/clusters/c-away2`]: both(cluster("away-before-v2.5", { conditions: { Ready: "False" } })),
  [`${P}/clusters/c-left`]: [
    cluster("left-since", { conditions: { Connected: "True" } }),
    cluster("left-since", { conditions: { Connected: "False" } }),
  ],
  [`${P}/clusters/c-back`]: [
    cluster("back-since", { conditions: { Connected: "False" } }),
    cluster("back-since", { conditions: { Connected: "True" } }),
  ],
  [`${P}/clusters/c-agents`]: [cluster("agents"), cluster("agents", { agent: "rancher/rancher-agent:v2.5.9" })],
};

/** What is none of one cluster's. */
export const COMMON: Record<string, Pair> = {
  "/registry/fleet.cattle.io/gitrepos/fleet-default/new": [undefined, { spec: { repo: "https://x" } }],
  "/registry/fleet.cattle.io/gitrepos/fleet-default/moved": [{ spec: { branch: "a" } }, { spec: { branch: "b" } }],
  "/registry/fleet.cattle.io/gitrepos/fleet-default/same": [
    { spec: { branch: "a" }, status: { commit: "1" } },
    { spec: { branch: "a" }, status: { commit: "2" } },
  ],
  "/registry/resources.cattle.io/restores/since": [
    undefined,
    { status: { restoreCompletionTs: "2026-11-23T01:00:00Z" } },
  ],
  "/registry/resources.cattle.io/restores/before": both({ status: { restoreCompletionTs: "2026-11-20T01:00:00Z" } }),
  "/registry/resources.cattle.io/restores/half": [
    { spec: { backupFilename: "b" }, status: { restoreCompletionTs: "" } },
    { spec: { backupFilename: "b" }, status: { restoreCompletionTs: "2026-11-21T01:00:00Z" } },
  ],
  [`${P}/settings/server-url`]: [{ value: "https://old.example.com" }, { value: "https://new.example.com" }],
  [`${P}/settings/cacerts`]: both({ value: "ca" }),
  "/registry/secrets/cattle-system/tls-ca": ["PRIVATE1", "PRIVATE2"],
};

/** Both sides as etcds: what is the same in both was written before the snapshot. */
export function etcds(pairs: Record<string, Pair>): { opened: FakeEtcd; live: FakeEtcd } {
  const keys = (side: 0 | 1) =>
    Object.entries(pairs).flatMap(([key, pair]): FakeKey[] => {
      const value = pair[side];
      if (value === undefined) return [];
      const isNew = pair[0] === undefined || (side === 1 && pair[2] === "remade");
      const at = isNew || (side === 1 && pair[0] !== value) ? 15 : 5;
      const text = typeof value === "string" ? secret(value) : `${JSON.stringify(value)}\n`;
      return [{ key, created: isNew ? at : 5, modified: at, value: text }];
    });
  return { opened: { revision: 10, keys: keys(0) }, live: { revision: 20, keys: keys(1) } };
}

function secret(data: string): string {
  return stored("Secret", { 2: { 1: "data", 2: data } });
}
