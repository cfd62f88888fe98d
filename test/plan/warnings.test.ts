import { describe, expect, test } from "vitest";
import { MIGRATIONS, type MigrationName } from "../../cluster/rancher/migrations.ts";
import type { RollbackPlan } from "../../plan/plan.ts";
import { warnings, webhookWarnings } from "../../plan/warnings.ts";
import { someLoss, somePlan } from "./somePlan.ts";

const NOW = Date.parse("2026-11-23T03:00:00Z");
const warned = (changes: Partial<RollbackPlan> = {}, clusterFile = "nodes: []\n") =>
  warnings(somePlan(changes), clusterFile, NOW);

const rancherOf = (now: string, after: string): RollbackPlan["rancher"] => ({
  ...{ now: `rancher/rancher:${now}`, answers: { versions: [now], sources: [] }, after: `rancher/rancher:${after}` },
});

describe("warnings", () => {
  test("are none for a healthy cluster", () => {
    expect(warned()).toEqual([]);
  });

  test("name an earlier restore that wiped and did not finish", () => {
    const wipe = { at: "2026-11-23T02:00:00.000Z", log: "/clusters/.rancher-rollback/logs/restore.log" };
    expect(warnings(somePlan(), "nodes: []\n", NOW, wipe)).toEqual([{ kind: "unfinished-restore", ...wipe }]);
  });

  test("name a snapshot of another cluster", () => {
    const { snapshot } = somePlan();
    expect(warned({ snapshot: { ...snapshot, ofAnotherCluster: false } })).toEqual([]);
    expect(warned({ snapshot: { ...snapshot, ofAnotherCluster: true } })).toEqual([
      { kind: "snapshot-of-another-cluster" },
    ]);
  });

  test("name the admission webhooks that can refuse the image, where they could be read", () => {
    const webhooks = [{ configuration: "gatekeeper", service: "gatekeeper-system/gatekeeper-webhook-service" }];
    expect(webhookWarnings(webhooks)).toEqual([{ kind: "webhooks-fail-closed", webhooks }]);
    expect([webhookWarnings([]), webhookWarnings({ unknown: "HTTP 403: forbidden" })]).toEqual([[], []]);
  });

  test("name an even number of etcd members, and of what is wrong with etcd now", () => {
    const nodes = somePlan().nodes.slice(0, 2);
    const problem = { message: "etcd has no leader", remedy: "look at etcd" };
    expect(warned({ nodes, etcd: { problems: [problem] } })).toEqual([
      { kind: "even-members", members: 2 },
      { kind: "etcd-problem", problem },
    ]);
  });

  test("name another Kubernetes version in the cluster file than the one that runs", () => {
    expect(warned({ kubernetes: { now: "v1.20.15" } })).toEqual([]);
    const kubernetes = { now: "v1.20.15", after: "v1.19.16-rancher1-1" };
    expect(warned({ kubernetes })).toEqual([{ kind: "kubernetes-changes", ...kubernetes }]);
    const byDefault = { ...kubernetes, byDefault: true as const };
    expect(warned({ kubernetes: byDefault })).toEqual([{ kind: "kubernetes-changes", ...byDefault }]);
  });

  test("name what the opened snapshot holds against the rollback", () => {
    const { snapshot, lost, kubernetes } = somePlan();
    const held = (holds: RollbackPlan["snapshot"]["holds"]) => warned({ snapshot: { ...snapshot, holds } });
    expect(held({ rancher: "v2.5.8", kubernetes: kubernetes.now })).toEqual([]);
    expect(held({ rancher: "v2.5.7" })).toEqual([
      { kind: "snapshot-of-other-rancher", holds: "v2.5.7", image: "rancher/rancher:v2.5.8" },
    ]);
    expect(held({ kubernetes: "v1.19.16" })).toEqual([
      { kind: "snapshot-of-other-kubernetes", holds: "v1.19.16", after: "v1.20.15-rancher2-2" },
    ]);
    expect(warned({ lost: { ...lost, exact: { ...someLoss(), lineage: "other" } } })).toEqual([
      { kind: "other-lineage" },
    ]);
    const notCompared = [{ kind: "API keys", count: 7 }];
    expect(warned({ lost: { ...lost, exact: { ...someLoss(), notCompared } } })).toEqual([
      { kind: "loss-not-compared", objects: notCompared },
    ]);
    expect(warned({ lost: { ...lost, exact: { ...someLoss(), quorum: false } } })).toEqual([
      { kind: "no-quorum", on: "node1" },
    ]);
  });

  test("name clocks that differ", () => {
    const [one, ...others] = somePlan().nodes as [RollbackPlan["nodes"][number]];
    expect(warned({ nodes: [{ ...one, clockSkewSeconds: -90 }, ...others] })).toEqual([
      { kind: "clock-skew", node: "node1", seconds: -90 },
    ]);
  });

  test.each([
    ["2026-12-01T00:00:00Z", 7],
    ["2026-11-20T00:00:00Z", -4],
  ])("name a certificate that is good until %s only", (notAfter, days) => {
    const about = { name: "kube-ca.pem", node: "node1" };
    expect(warned({ firstCertificateToExpire: { ...about, notAfter } })).toEqual([
      { kind: "certificate-expires", ...about, days },
    ]);
  });

  test("name a Rancher that is newer than the one that runs", () => {
    const rancher = rancherOf("v2.5.7", "v2.5.8");
    expect(warned({ rancher })).toEqual([
      { kind: "newer-rancher", now: "rancher/rancher:v2.5.7", after: "rancher/rancher:v2.5.8" },
    ]);
  });

  test.each<[string, string, MigrationName[]]>([
    ["v2.1.6", "v2.1.5", ["service-account-tokens-renewed", "agents-not-updated"]],
    ["v2.0.11", "v2.0.8", ["service-account-tokens-renewed", "agents-not-updated"]],
    ["v2.1.5", "v2.0.8", ["agents-not-updated"]],
    ["v2.1.6", "v2.0.11", ["agents-not-updated"]],
    ["v2.4.0", "v2.3.3", ["agents-not-updated"]],
    ["v2.6.0", "v2.5.17", ["fleet-moved"]],
    ["v2.7.5", "v2.6.14", ["webhook-stays"]],
    ["v2.7.6", "v2.7.5", ["webhook-stays"]],
    ["v2.8.5", "v2.8.4", ["rke-state-moved"]],
    ["v2.8.5", "v2.7.13", ["rke-state-moved"]],
    ["v2.12.0", "v2.11.3", ["rke1-removed"]],
  ])("name what Rancher %s going to %s has changed for good", (from, after, names) => {
    const found = warned({ rancher: rancherOf(from, after) });
    expect(found).toEqual(
      names.map((migration) => ({ kind: "migration", from, migration, since: MIGRATIONS[migration].since })),
    );
  });

  test("name what was changed for good over many releases", () => {
    expect(warned({ rancher: rancherOf("v2.5.8", "v2.1.0") })).toContainEqual(
      expect.objectContaining({ migration: "service-account-tokens-renewed" }),
    );
  });

  test.each([
    ["v2.5.9", "v2.5.8"],
    ["v2.7.14", "v2.7.14"],
    ["v2.8.4", "v2.7.13"],
    ["v2.8.6", "v2.7.14"],
    ["v2.6.7", "v2.6.3"],
    ["v2.5.8", "v2.5.8"],
    ["v2.5.8-patch1", "v2.5.8"],
    ["master-head", "v2.5.8"],
  ])("have nothing to say of Rancher %s going to %s", (now, after) => {
    const rancher = rancherOf(now, after);
    expect(warned({ rancher })).toEqual([]);
  });

  test("name what was changed for good also where it is the newer Rancher that answers, and not the Deployment", () => {
    const answers = { versions: ["v2.8.4", "v2.8.5"], sources: ["rancherversion" as const] };
    const rancher = { ...rancherOf("v2.8.4", "v2.8.4"), answers };
    expect(warned({ rancher })).toEqual([
      { kind: "migration", from: "v2.8.5", migration: "rke-state-moved", since: "2.7.14 and 2.8.5" },
    ]);
  });

  test("name what was changed for good also where the image was set back by hand, and that Rancher does not answer", () => {
    const rancher = { ...rancherOf("v2.5.8", "v2.5.8"), answers: { unknown: "ECONNREFUSED" }, stored: "v2.6.0" };
    expect(warned({ rancher })).toEqual([
      { kind: "migration", from: "v2.6.0", migration: "fleet-moved", since: "2.6.0" },
    ]);
  });

  test("name also what a restore of etcd would revert, where an older Rancher starts on the data of a newer one", () => {
    const { snapshot } = somePlan();
    const rancher = rancherOf("v2.6.7", "v2.6.6");
    const image = rancher.after;
    expect(warned({ rancher })).toEqual([]);
    expect(warned({ rancher, snapshot: { ...snapshot, holds: { rancher: "v2.6.7" } } })).toEqual([
      { kind: "snapshot-of-other-rancher", holds: "v2.6.7", image },
      { kind: "snapshot-too-new", migration: "cluster-tokens-moved", since: "2.5.16 and 2.6.7", image },
    ]);
  });
});
