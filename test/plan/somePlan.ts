import type { Downstream, DownstreamCluster, DownstreamSide } from "../../cluster/downstream/schema.ts";
import type { Loss } from "../../cluster/opened/loss.ts";
import type { RollbackPlan } from "../../plan/plan.ts";

/** A plan for a healthy cluster of three. */
export function somePlan(changes: Partial<RollbackPlan> = {}): RollbackPlan {
  return {
    planVersion: 3,
    readAt: "2026-11-23T03:00:00.000Z",
    cluster: { name: "prod", file: "/clusters/rancher-cluster.yml" },
    snapshot: {
      name: "before-upgrade",
      run: 1,
      takenAt: "2026-11-22T23:40:00.000Z",
      bytes: 12_582_944,
      provenOn: ["node1", "node2", "node3"],
    },
    lost: {
      seconds: 12_000,
      namespaces: { count: 1, names: ["after-upgrade"] },
      workloads: { count: 7, names: ["a/1", "a/2", "a/3", "a/4", "a/5"] },
      rancherUsers: { count: 0, names: [] },
      rancherClusters: { unknown: "HTTP 403: forbidden" },
    },
    nodes: [1, 2, 3].map((number) => ({
      name: `node${number}`,
      address: `10.0.0.${number}`,
      roles: ["controlplane", "etcd", "worker"],
      isNew: false,
      docker: "20.10.24",
      clockSkewSeconds: 0,
      freeMiB: { etcd: 20480, snapshots: 20480 },
    })),
    replaced: [],
    restore: { way: "rke", reasons: [{ kind: "asked-for", restoreWith: "rke" }], expectedSeconds: 180 },
    etcd: { members: 3, leader: "etcd-node1", problems: [] },
    rancher: {
      now: "rancher/rancher:v2.5.9",
      answers: { versions: ["v2.5.9"], sources: ["version-txt", "server-version"] },
      after: "rancher/rancher:v2.5.8",
    },
    kubernetes: { now: "v1.20.15", after: "v1.20.15-rancher2-2" },
    firstCertificateToExpire: { name: "kube-apiserver.pem", node: "node2", notAfter: "2036-01-01T00:00:00.000Z" },
    failedChecks: [],
    warnings: [],
    expectedSeconds: 240,
    pointOfNoReturn: { when: "cleaning" },
    accepted: true,
    clusterFileDiff: "",
    ...changes,
  };
}

/** What a restore loses where one object of a kind was created, one changed and one deleted. */
export function someLoss(...kinds: Partial<Loss["kinds"][number]>[]): Loss {
  const one = (name: string) => ({ count: 1, names: [name] });
  const line = { one: "user", created: one("new"), changed: one("other"), deleted: one("gone"), namespaces: 0 };
  return {
    ...{ on: "node1", revision: 1000, liveRevision: 2000, quorum: true, lineage: "same" },
    kinds: kinds.map((changes) => ({ kind: "users", of: "rancher", byHand: true, ...line, ...changes })),
    ignored: [{ id: "heartbeat", keys: 40 }],
  };
}

/** A downstream cluster with hazards. */
export function someCluster(name: string, ...hazards: DownstreamCluster["hazards"]): DownstreamCluster {
  const side: DownstreamSide = {
    ...{ kubernetes: "v1.20.15", wantedKubernetes: "v1.20.15-rancher2-2", agentImage: "rancher/rancher-agent:v2.5.8" },
    ...{ nodes: ["n1"], replacesNodes: false, encryptsSecrets: false, isBeingDeleted: false },
  };
  return { id: `c-${name}`, name, kind: "provisioned", snapshot: side, now: side, hazards, accepted: false };
}

/** Three clusters of which one can lose data, one needs work, and one is as in the snapshot. */
export function someDownstream(): Downstream {
  return {
    clusters: [
      someCluster(
        "prod",
        { hazard: "kubernetes-changed", severity: "data-loss", snapshot: "v1.24.4+rke2r1", now: "v1.25.3+rke2r1" },
        { hazard: "agents-freeze", severity: "work" },
      ),
      someCluster("edge", { hazard: "deleted", severity: "work" }),
      someCluster("quiet"),
    ],
    common: [{ hazard: "fleet-changed", severity: "work", names: ["fleet-default/shop"] }],
  };
}
