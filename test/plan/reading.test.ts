import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isOfAnotherCluster, snapshotOriginScript } from "../../cluster/snapshot/origin.ts";
import { newerThan, readApi } from "../../plan/apiReading.ts";
import type { RollbackPlan } from "../../plan/plan.ts";
import { warnings } from "../../plan/warnings.ts";
import { tempFolder, textFile } from "../support/folder.ts";
import { rkeZip, sha256, snapshotBytes } from "../support/snapshot.ts";
import { SnapshotNode } from "../support/snapshotNode.ts";
import { someLoss, somePlan } from "./somePlan.ts";

const NOW = Date.parse("2026-11-23T03:00:00Z");
const warned = (changes: Partial<RollbackPlan> = {}, clusterFile = "nodes: []\n") =>
  warnings(somePlan(changes), clusterFile, NOW);

const rancherOf = (now: string, after: string): RollbackPlan["rancher"] => ({
  ...{ now: `rancher/rancher:${now}`, answers: { versions: [now], sources: [] }, after: `rancher/rancher:${after}` },
});

test("a kubeconfig that cannot be read makes everything unknown, and no more than that", async () => {
  const empty = textFile(join(tempFolder(), "kube_config_cluster.yml"), "");
  const rancher = { namespace: "cattle-system", deployment: "cattle", container: "cattle-server" };
  for (const answer of Object.values(await readApi(empty, rancher))) {
    expect(answer).toEqual({ unknown: expect.any(String) });
  }
});

describe("warnings", () => {
  test("are none for a healthy cluster", () => {
    expect(warned()).toEqual([]);
  });

  test("name an earlier restore that wiped and did not finish", () => {
    const wipe = { at: "2026-11-23T02:00:00.000Z", log: "/clusters/.rancher-rollback/logs/restore.log" };
    expect(warnings(somePlan(), "nodes: []\n", NOW, wipe)).toEqual([
      `an earlier restore wiped this cluster at ${wipe.at} and did not finish; its log: ${wipe.log}`,
    ]);
  });

  test("name a snapshot of another cluster", () => {
    const { snapshot } = somePlan();
    expect(warned({ snapshot: { ...snapshot, ofAnotherCluster: false } })).toEqual([]);
    expect(warned({ snapshot: { ...snapshot, ofAnotherCluster: true } }).join()).toContain(
      "the snapshot is from another cluster",
    );
  });

  test("name an addon that carries another Rancher image, which every rke up sets again", () => {
    const addons =
      "addons: |-\n  image: registry.example.com/rancher/rancher:v2.6.0\n  image: rancher/rancher:v2.5.8\n";
    expect(warned({}, addons)).toEqual([
      "addons in the cluster file has the image registry.example.com/rancher/rancher:v2.6.0: every later `rke up` sets that again",
    ]);
  });

  test("name an even number of etcd members, and of what is wrong with etcd now", () => {
    const nodes = somePlan().nodes.slice(0, 2);
    expect(warned({ nodes, etcd: { problems: [{ message: "etcd has no leader", remedy: "look at etcd" }] } })).toEqual([
      "there will be 2 etcd members: an even number tolerates no more failures than 1",
      "etcd has no leader",
    ]);
  });

  test("name another Kubernetes version in the cluster file than the one that runs", () => {
    expect(warned({ kubernetes: { now: "v1.20.15" } })).toEqual([]);
    expect(warned({ kubernetes: { now: "v1.20.15", after: "v1.19.16-rancher1-1" } })).toEqual([
      "Kubernetes v1.20.15 is running, but the cluster file has v1.19.16-rancher1-1: the rollback installs that version",
    ]);
  });

  test("name what the opened snapshot holds against the rollback", () => {
    const { snapshot, lost, kubernetes } = somePlan();
    const held = (holds: RollbackPlan["snapshot"]["holds"]) => warned({ snapshot: { ...snapshot, holds } });
    expect(held({ rancher: "v2.5.8", kubernetes: kubernetes.now })).toEqual([]);
    expect(held({ rancher: "v2.5.7" })).toEqual([
      "the snapshot holds Rancher v2.5.7, but rancher/rancher:v2.5.8 will be started on its data, which another version wrote",
    ]);
    expect(held({ kubernetes: "v1.19.16" })).toEqual([
      "the snapshot is of Kubernetes v1.19.16, but the cluster file has v1.20.15-rancher2-2",
    ]);
    expect(warned({ lost: { ...lost, exact: { ...someLoss(), lineage: "other" } } }).join()).toContain(
      "etcd was restored between the snapshot and now",
    );
    expect(warned({ lost: { ...lost, exact: { ...someLoss(), quorum: false } } })).toEqual([
      "the members of etcd did not agree on what they have: what is listed as lost was compared with the data of etcd on node1 alone, which may be old",
    ]);
  });

  test("name clocks that differ", () => {
    const [one, ...others] = somePlan().nodes as [RollbackPlan["nodes"][number]];
    expect(warned({ nodes: [{ ...one, clockSkewSeconds: -90 }, ...others] })).toEqual([
      "node1: its clock is 90 s behind this machine's",
    ]);
  });

  test.each([
    ["2026-12-01T00:00:00Z", "expires in 7 days"],
    ["2026-11-20T00:00:00Z", "expired 4 days ago"],
  ])("name a certificate that is good until %s only", (notAfter, words) => {
    expect(warned({ firstCertificateToExpire: { name: "kube-ca.pem", node: "node1", notAfter } })).toEqual([
      `node1: the certificate kube-ca.pem ${words}: rke cert rotate`,
    ]);
  });

  test.each([
    ["v2.5.7", "v2.5.8", /is newer than the running/],
    ["v2.1.6", "v2.1.5", /CVE-2018-20321.*save before the rollback: nothing, unless safetyCopy is skip/],
    ["v2.0.11", "v2.0.8", /service-account tokens/],
    ["v2.5.8", "v2.1.0", /service-account tokens/],
    ["v2.4.0", "v2.3.3", /agents in downstream clusters stay/],
    ["v2.6.0", "v2.5.17", /fleet has moved/],
    ["v2.7.5", "v2.6.14", /rancher-webhook/],
    ["v2.7.6", "v2.7.5", /adjust-downstream-webhook/],
    ["v2.8.5", "v2.8.4", /save before the rollback: the Secret full-cluster-state/],
    ["v2.8.5", "v2.7.13", /reverse-rke-state-migrations/],
    ["v2.12.0", "v2.11.3", /they come back as objects of clusters that are gone/],
  ])("name Rancher %s going to %s", (now, after, words) => {
    const rancher = rancherOf(now, after);
    expect(warned({ rancher }).join()).toMatch(words);
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

  test.each([
    ["v2.1.5", "v2.0.8"],
    ["v2.1.6", "v2.0.11"],
  ])("say nothing of service-account tokens where both releases keep them alike: %s and %s", (now, after) => {
    expect(warned({ rancher: rancherOf(now, after) })).toEqual([
      expect.stringContaining("agents in downstream clusters"),
    ]);
  });

  test("name what was changed for good also where it is the newer Rancher that answers, and not the Deployment", () => {
    const answers = { versions: ["v2.8.4", "v2.8.5"], sources: ["/rancherversion" as const] };
    const rancher = { ...rancherOf("v2.8.4", "v2.8.4"), answers };
    expect(warned({ rancher }).join()).toMatch(/^going back from Rancher v2.8.5: in each RKE1 cluster/);
  });

  test("name also what etcd would turn back, where an older Rancher starts on the data of a newer one", () => {
    const { snapshot } = somePlan();
    const rancher = rancherOf("v2.6.7", "v2.6.6");
    expect(warned({ rancher })).toEqual([]);
    expect(warned({ rancher, snapshot: { ...snapshot, holds: { rancher: "v2.6.7" } } })).toEqual([
      expect.stringContaining("which another version wrote"),
      "the data in the snapshot are newer than Rancher rancher/rancher:v2.6.6: tokens of clusters are in Secrets since 2.5.16 and 2.6.7",
    ]);
  });
});

describe("what is newer than the snapshot", () => {
  const made = ["f", "e", "d", "c", "b", "a", "old"].map((name, at) => ({ name, at: 100 - at * 10 }));

  test("is counted, and the first few are named", () => {
    expect(newerThan(made, 45)).toEqual({ count: 6, names: ["a", "b", "c", "d", "e"] });
  });

  test("is unknown where it cannot be read, or the snapshot's time is unknown", () => {
    expect(newerThan({ unknown: "no answer" }, 45)).toEqual({ unknown: "no answer" });
    expect(newerThan(made, undefined)).toMatchObject({
      unknown: expect.stringContaining("time of the snapshot"),
    });
  });
});

test("a snapshot is of this cluster when it knows the cluster's kube-system, plain or in a zip", {
  timeout: 60_000,
}, async () => {
  const uid = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0";
  const node = new SnapshotNode([..."sh dd wc tr od tail head cat sha256sum date id gzip grep".split(" ")]);
  const body = Buffer.alloc(4096);
  body.write(uid, 700);
  const ofThis = Buffer.concat([body, Buffer.from(sha256(body), "hex")]);
  const origin = async () => isOfAnotherCluster((await node.run(snapshotOriginScript({ name: "base" }, uid))).stdout);
  expect(await origin()).toBeUndefined();
  node.put("base.zip", rkeZip("base", ofThis));
  expect(await origin()).toBe(false);
  node.put("base.zip", rkeZip("base", snapshotBytes(400)));
  expect(await origin()).toBe(true);
});
