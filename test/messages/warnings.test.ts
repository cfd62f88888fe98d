import { expect, test } from "vitest";
import { MIGRATION_NAMES, MIGRATIONS } from "../../cluster/rancher/migrations.ts";
import { type Warning, warningNotice, warningSchema } from "../../messages/warnings.ts";

const OLD = { kind: "old-data-deleted" as const, id: "rollback-1", nodes: ["node1", "node2"] };
const AT = "2026-11-22T03:00:30.000Z";

/** Warnings of every kind, what the operator reads, and what to do where there is something to do. */
const TEXTS: [Warning, message: string | RegExp, remedy?: string | RegExp][] = [
  [
    { kind: "unfinished-restore", at: AT, log: "/logs/restore.log" },
    `an earlier restore wiped this cluster at ${AT} and did not finish; its log: /logs/restore.log`,
  ],
  [
    { kind: "unfinished-restore", at: AT, oldData: "/var/lib/etcd/old" },
    `an earlier restore wiped this cluster at ${AT} and did not finish; the old data are kept in /var/lib/etcd/old on each etcd host`,
  ],
  [{ kind: "snapshot-of-another-cluster" }, /^the snapshot is from another cluster/],
  [
    { kind: "snapshot-of-other-rancher", holds: "v2.5.7", image: "rancher/rancher:v2.5.8" },
    "the snapshot holds Rancher v2.5.7, but rancher/rancher:v2.5.8 will be started on its data, which another version wrote",
  ],
  [
    { kind: "snapshot-too-new", ...migration("cluster-tokens-moved"), image: "rancher/rancher:v2.6.6" },
    "the data in the snapshot are newer than Rancher rancher/rancher:v2.6.6: tokens of clusters are in Secrets since 2.5.16 and 2.6.7",
  ],
  [
    { kind: "snapshot-of-other-kubernetes", holds: "v1.19.16", after: "v1.20.15-rancher2-2" },
    "the snapshot is of Kubernetes v1.19.16, but the cluster file has v1.20.15-rancher2-2",
  ],
  [
    { kind: "no-quorum", on: "node1" },
    "the members of etcd did not agree on what they have: what is listed as lost was compared with the data of etcd on node1 alone, which may be old",
  ],
  [
    { kind: "loss-not-compared", objects: [{ kind: "API keys", count: 1234 }] },
    "more objects were written since the snapshot than were compared: 1234 API keys count as lost by their keys alone, also where nothing in them has changed",
  ],
  [
    {
      kind: "downstream-not-compared",
      objects: ["a", "b", "c", "d", "e", "f"].map((of) => ({ resource: "nodes.management.cattle.io", of, count: 2 })),
    },
    /^Rancher has more nodes .* without asking \(docs\/downstream\.md\): 2 nodes\.management\.cattle\.io of a, .* of e and 1 more$/,
  ],
  [
    { kind: "docker-not-supported", node: "node2", docker: "24.0.7", kubernetes: "v1.18.20-rancher1-3" },
    "node2: RKE does not support Docker 24.0.7 for Kubernetes v1.18.20-rancher1-3; it goes on with this node, as the cluster file has ignore_docker_version",
  ],
  [{ kind: "other-lineage" }, /^etcd was restored between the snapshot and now/],
  [
    { kind: "s3-not-used", bucket: "snapshots" },
    "the cluster file saves snapshots to S3 (bucket snapshots): this rollback restores the checked file on the nodes, never the object of that name in S3, and does not change the bucket",
  ],
  [{ kind: "s3-not-used" }, /^the cluster file saves snapshots to S3: this rollback/],
  [
    { kind: "s3-key-ignored", key: "services.etcd.backup_config.s3_backup_config" },
    "RKE ignores services.etcd.backup_config.s3_backup_config in the cluster file and saves nothing there",
    "use the key services.etcd.backup_config.s3backupconfig",
  ],
  [
    {
      kind: "webhooks-fail-closed",
      webhooks: [
        { configuration: "gatekeeper", service: "gatekeeper-system/gatekeeper-webhook-service" },
        { configuration: "kyverno", service: "kyverno/kyverno-svc" },
      ],
    },
    "after the restore Rancher's image and its pods can be refused until the pods of these admission webhooks serve: gatekeeper (gatekeeper-system/gatekeeper-webhook-service), kyverno (kyverno/kyverno-svc)",
    "the rollback waits for them; should they not come up, look at them: kubectl -n gatekeeper-system get pods; kubectl -n kyverno get pods",
  ],
  [
    { kind: "addon-image", image: "rancher/rancher:v2.6.0" },
    "addons in the cluster file has the image rancher/rancher:v2.6.0: every later `rke up` sets that again",
  ],
  [
    { kind: "addon-not-read", entry: "https://example.com/a.yml", image: "rancher/rancher:v2.5.8" },
    "addons_include in the cluster file names https://example.com/a.yml, which cannot be read here: where it has Rancher with another image than rancher/rancher:v2.5.8, the `rke up` of this rollback starts that on the restored data",
    "look into it: Rancher in it must have the image rancher/rancher:v2.5.8",
  ],
  [
    { kind: "addon-removed", problem: { message: "RKE deletes addons", remedy: "put them back" } },
    "RKE deletes addons",
    "put them back",
  ],
  [
    { kind: "even-members", members: 2 },
    "there will be 2 etcd members: an even number tolerates no more failures than 1",
  ],
  [
    { kind: "etcd-problem", problem: { message: "etcd has no leader", remedy: "look at etcd" } },
    "etcd has no leader",
    "look at etcd",
  ],
  [{ kind: "clock-skew", node: "node1", seconds: -90 }, "node1: its clock is 90 s behind this machine's"],
  [{ kind: "clock-skew", node: "node1", seconds: 9 }, "node1: its clock is 9 s ahead of this machine's"],
  [
    { kind: "certificate-expires", node: "node1", name: "kube-ca.pem", days: 7 },
    "node1: the certificate kube-ca.pem expires in 7 days",
    "rke cert rotate",
  ],
  [
    { kind: "certificate-expires", node: "node1", name: "kube-ca.pem", days: -4 },
    "node1: the certificate kube-ca.pem expired 4 days ago",
    "rke cert rotate",
  ],
  [
    { kind: "snapshot-of-other-kubernetes", holds: "v1.19.16", after: "v1.20.15-rancher2-2", byDefault: true },
    "the snapshot is of Kubernetes v1.19.16, but the cluster file names none, and RKE's default is v1.20.15-rancher2-2",
  ],
  [
    { kind: "kubernetes-changes", now: "v1.20.15", after: "v1.32.2-rancher1-1", byDefault: true },
    "Kubernetes v1.20.15 is running, but the cluster file names none, and RKE's default is v1.32.2-rancher1-1: the rollback installs that version",
  ],
  [
    { kind: "kubernetes-not-written", rke: "v0.2.0", has: "v1.13.5-rancher1-3" },
    "the cluster file names no kubernetes_version, and RKE v0.2.0 does not say which one it installs then: it may be another than the cluster has",
    "write into the cluster file: kubernetes_version: v1.13.5-rancher1-3",
  ],
  [
    { kind: "kubernetes-changes", now: "v1.20.15", after: "v1.19.16-rancher1-1" },
    "Kubernetes v1.20.15 is running, but the cluster file has v1.19.16-rancher1-1: the rollback installs that version",
  ],
  [
    { kind: "newer-rancher", now: "rancher/rancher:v2.5.7", after: "rancher/rancher:v2.5.8" },
    "Rancher rancher/rancher:v2.5.8 is newer than the running rancher/rancher:v2.5.7: this does not roll back an upgrade",
  ],
  [
    { kind: "migration", ...migration("service-account-tokens-renewed"), from: "v2.1.6" },
    /^going back from Rancher v2.1.6: each RKE .* \(CVE-2018-20321\)$/,
    /^save before the rollback: nothing, unless safetyCopy is skip: .*; afterwards: look at the clusters/,
  ],
  [
    { kind: "migration", ...migration("rke-state-moved"), from: "v2.8.5" },
    /^going back from Rancher v2.8.5: in each RKE1 cluster .* \(CVE-2023-32191\)$/,
    /^save before the rollback: the Secret full-cluster-state .*; afterwards: run .* reverse-rke-state-migrations/,
  ],
  [
    { ...OLD, why: { by: "rke" }, keptAt: AT },
    "RKE's own restore deletes the old data that an in-place restore kept on 2026-11-22 (rollback-1), on node1, node2",
  ],
  [
    { ...OLD, why: { by: "age", days: 7 } },
    "older than 7 days: this run deletes the old data that an in-place restore kept on rollback-1, on node1, node2",
  ],
  [
    { kind: "downstream-not-checked", why: "node1: no room" },
    "the downstream clusters were not checked, so this rollback can lose data of theirs without asking (docs/downstream.md): node1: no room",
  ],
  [
    { kind: "replaced-node-may-be-up", problem: { message: "node3 answers", remedy: "shut it down" } },
    "node3 answers",
    "shut it down",
  ],
  [{ kind: "old-data-not-opened" }, /^the downstream clusters were not checked, .* since these data were current/],
];

function migration(name: (typeof MIGRATION_NAMES)[number]) {
  return { migration: name, since: MIGRATIONS[name].since };
}

function matching(text: string | RegExp) {
  return typeof text === "string" ? text : expect.stringMatching(text);
}

test.each(TEXTS)("a warning of a plan is data by its schema, and is worded: %o", (warning, text, remedy) => {
  expect(warningSchema.parse(warning)).toEqual(warning);
  expect(warningNotice(warning)).toEqual({
    message: matching(text),
    ...(remedy !== undefined && { remedy: matching(remedy) }),
  });
});

test("the warnings that are tried here are of every kind", () => {
  const kinds = warningSchema.options.map(({ shape }) => shape.kind.value);
  expect(new Set(TEXTS.map(([{ kind }]) => kind))).toEqual(new Set(kinds));
});

test.each(MIGRATION_NAMES)("what Rancher has changed for good is worded: %s", (name) => {
  const { message } = warningNotice({ kind: "migration", ...migration(name), from: "v2.14.0" });
  expect(message).toMatch(/^going back .*: \S.*\w/);
});
