import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Ec2Machine } from "../../cluster/clusterFile/replacement.ts";
import { planDifferences } from "../../plan/difference.ts";
import { planSchema } from "../../plan/plan.ts";
import { readPlan } from "../../plan/readPlan.ts";
import type { Settings } from "../../settings/settings.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { tempFolder } from "../support/folder.ts";
import { someNode, someSettings } from "../support/settings.ts";

const NODES = [1, 2, 4].map((number) => someNode(number));

function settings(changes: Partial<Settings> = {}): Settings {
  const path = clusterFileIn(tempFolder(), "kubernetes_version: v1.20.15-rancher2-2\nnodes: []\n");
  return someSettings({ cluster: { ...someSettings().cluster, path, nodes: NODES }, readCluster: false, ...changes });
}

const replacement = {
  unresponsive: "node3",
  planned: { address: "198.18.0.14", hostnameOverride: "node4" },
  node: someNode(4),
};

describe("the plan for a cluster that is not read", () => {
  test("says that it was not read, and what the settings and the cluster file say all the same", async () => {
    const plan = await readPlan(settings());
    expect(planSchema.parse(plan)).toEqual(plan);
    expect(plan).toMatchObject({
      notRead: "readCluster is false",
      cluster: { name: "prod" },
      snapshot: { name: "base", run: 1, provenOn: [] },
      lost: { namespaces: { unknown: "readCluster is false" } },
      rancher: { answers: { unknown: "readCluster is false" }, after: "rancher/rancher:v2.5.8" },
      kubernetes: { unknown: "readCluster is false", after: "v1.20.15-rancher2-2" },
      etcd: { problems: [] },
      failedChecks: [],
      nodes: NODES.map(({ name, address }) => ({ name, address, isNew: false })),
    });
    expect(plan.warnings).toEqual([{ kind: "downstream-not-checked", why: "readCluster is false" }]);
  });

  test("reads a cluster file as RKE does: in UTF-16, and of keys that stand twice the later one", async () => {
    const asked = settings();
    const text = "\ufeffkubernetes_version: v1.19.1-rancher1-1\nnodes: []\nkubernetes_version: v1.20.15-rancher2-2\n";
    writeFileSync(asked.cluster.path, Buffer.from(text, "utf16le"));
    expect(await readPlan(asked)).toMatchObject({ kubernetes: { after: "v1.20.15-rancher2-2" } });
  });

  describe("of a cluster file that names no Kubernetes version", () => {
    const unwritten = (defaultKubernetes?: string) => {
      const asked = settings({ kubernetesVersion: "v1.20.15-rancher2-2" });
      writeFileSync(asked.cluster.path, "nodes: []\n");
      return readPlan({ ...asked, rke: { ...asked.rke, ...(defaultKubernetes && { defaultKubernetes }) } });
    };

    test("refuses RKE's default where the cluster has another", async () => {
      expect(await unwritten("v1.32.2-rancher1-1")).toMatchObject({
        kubernetes: { after: "v1.32.2-rancher1-1", byDefault: true },
        failedChecks: [{ check: "kubernetes-default", remedy: expect.stringContaining("v1.20.15-rancher2-2") }],
      });
      expect(await unwritten("v1.20.15-rancher2-2")).toMatchObject({
        kubernetes: { after: "v1.20.15-rancher2-2", byDefault: true },
        failedChecks: [],
      });
    });

    test("warns where RKE does not say its default, with the line to write", async () => {
      const { kubernetes, failedChecks, warnings } = await unwritten();
      expect([kubernetes.after, kubernetes.byDefault, failedChecks]).toEqual([undefined, undefined, []]);
      expect(warnings).toContainEqual({ kind: "kubernetes-not-written", rke: "v1.8.0", has: "v1.20.15-rancher2-2" });
    });
  });

  test("stays the same until something else is asked for", async () => {
    const asked = settings();
    expect(planDifferences(await readPlan(asked), await readPlan(asked))).toEqual([]);
  });

  test("names the nodes that are gone and what replaces them, the source without its keys, and the edit", async () => {
    const plan = await readPlan(
      settings({
        clusterFileDiff: "-  - address: 198.18.0.13",
        source: { kind: "s3", bucket: "rke-etcd-snapshots", keys: { access: "AKIAEXAMPLE", secret: "hunter2/secret" } },
        replacements: [{ ...replacement, machine: { kind: "existing", address: "198.18.0.14" } }],
      }),
    );
    expect(plan).toMatchObject({
      replaced: [{ unresponsive: "node3", node: "node4", machine: { kind: "existing", address: "198.18.0.14" } }],
      snapshot: { source: expect.stringContaining("s3://rke-etcd-snapshots/") },
      clusterFileDiff: "-  - address: 198.18.0.13",
      nodes: [{ isNew: false }, { isNew: false }, { name: "node4", isNew: true }],
    });
    expect(JSON.stringify(plan)).not.toMatch(/AKIAEXAMPLE|hunter2/);
  });

  test.each<[Partial<Settings>, boolean]>([
    [{}, false],
    [{ acceptDataLossOf: "other" }, false],
    [{ acceptDataLossOf: "base" }, true],
    [{ run: 2, acceptDataLossOf: "base" }, false],
    [{ run: 2, acceptDataLossOf: "base#2" }, true],
  ])("is confirmed only for its own snapshot and run: %j", async (changes, accepted) => {
    expect((await readPlan(settings(changes))).accepted).toBe(accepted);
  });

  test("names the kind of a new EC2 instance, and the user that its AMI must have", async () => {
    const machine: Ec2Machine = {
      ...{ kind: "ec2", ami: { id: "ami-1" }, instanceType: "t3.xlarge", subnetId: "subnet-1", securityGroupIds: [] },
      ...{ keyName: "ops", reachedBy: "private", rootVolume: 50, tags: {} },
    };
    const plan = await readPlan(settings({ replacements: [{ ...replacement, machine }] }));
    expect(plan.replaced).toEqual([
      {
        unresponsive: "node3",
        node: "node4",
        machine: { kind: "ec2", instanceType: "t3.xlarge", user: someNode(4).user },
      },
    ]);
  });

  test("names the point of no return that the RKE at hand has", async () => {
    expect((await readPlan(settings())).pointOfNoReturn).toEqual({ when: "cleaning" });
    const version = { major: 0, minor: 1, patch: 18, text: "v0.1.18" };
    const old = await readPlan(settings({ rke: { ...someSettings().rke, version } }));
    expect(old.pointOfNoReturn).toEqual({ when: "start", rke: "v0.1.18" });
  });
});
