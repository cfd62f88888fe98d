import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { planFile } from "../../cluster/stateFolder/path.ts";
import { kubectl, type LabCluster } from "../../lab/cluster/cluster.ts";
import type { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { labConfig, type RollbackStack } from "../../lab/rehearsals/rollbackStack.ts";
import { planSchema, type RollbackPlan } from "../../plan/plan.ts";
import { apply, define, forget, MANAGEMENT, type RancherKind } from "./rancherKinds.ts";
import { etcdCreated, failure, lockedNodes, PRIOR, Scene } from "./support.ts";

/** Where Rancher keeps the clusters that it provisions. */
const WORKSPACE = "fleet-default";
/** What Rancher calls a cluster that it provisions, below its workspace. */
const MANAGED = "farm";

/** Rancher's own kinds, as far as the preview of its clusters reads them. */
const KINDS: RancherKind[] = [
  [MANAGEMENT, "v3", "Cluster", "clusters", false],
  [MANAGEMENT, "v3", "Node", "nodes", true],
  ["provisioning.cattle.io", "v1", "Cluster", "clusters", true],
  ["rke.cattle.io", "v1", "RKEControlPlane", "rkecontrolplanes", true],
  ["cluster.x-k8s.io", "v1beta1", "Machine", "machines", true],
];
/** A node of a cluster is in the namespace of the cluster's id. */
const NAMESPACES = [WORKSPACE, "c-aaaaa", "c-bbbbb", "c-eeeee"];

const [OLD, NEW] = ["v1.20.15-rancher2-2", "v1.22.9-rancher1-1"];
const [OLD_RKE2, NEW_RKE2] = ["v1.24.4+rke2r1", "v1.25.3+rke2r1"];

/** What Rancher has in the snapshot; what happens afterwards is in `change`. */
const BEFORE = [
  rke1("c-aaaaa", "upgraded", OLD),
  node("c-aaaaa", "upgraded-1", "True"),
  rke1("c-bbbbb", "busy", OLD),
  node("c-bbbbb", "busy-1", "Unknown"),
  rke1("c-ccccc", "deleted", OLD),
  rke1("c-ddddd", "kept", OLD),
  ...provisioned(OLD_RKE2),
];
/** What it has now, beside what is as it was. */
const AFTER = [
  rke1("c-aaaaa", "upgraded", NEW),
  node("c-aaaaa", "upgraded-2", "True"),
  node("c-bbbbb", "busy-1", "True"),
  rke1("c-eeeee", "created", OLD),
  node("c-eeeee", "created-1", "True"),
  ...provisioned(NEW_RKE2),
];

/** What becomes of each cluster, those that can lose data first. */
const EXPECTED = {
  created: [{ hazard: "created", severity: "data-loss", names: ["created-1"] }],
  [MANAGED]: [
    { hazard: "kubernetes-changed", severity: "data-loss", snapshot: OLD_RKE2, now: NEW_RKE2 },
    { hazard: "agents-freeze", severity: "work" },
  ],
  upgraded: [
    { hazard: "pool-nodes-added", severity: "data-loss", names: ["upgraded-2"] },
    { hazard: "kubernetes-changed", severity: "work", snapshot: OLD, now: NEW },
  ],
  busy: [{ hazard: "repeats-operation", severity: "work", names: ["busy-1 (being made)"] }],
  deleted: [{ hazard: "deleted", severity: "work" }],
  kept: [],
};
/** As messages name those that can lose data. */
const LOSING = ["created (c-eeeee)", `${MANAGED} (c-m-fffff)`, "upgraded (c-aaaaa)"];

// Nothing is restored here: what is refused, and what is not.
describe("the clusters that Rancher manages", () => {
  const scene = new Scene("downstream");
  let cluster: LabCluster;
  let stack: RollbackStack;
  let rollback: CommandLine;
  let before: string[];

  beforeAll(async () => {
    const seedIt = async (made: LabCluster) => {
      cluster = made;
      await seed(made);
    };
    ({ stack, rollback } = await scene.prepare({ before: seedIt, after: change }));
    before = await etcdCreated(cluster);
  });
  afterAll(async () => {
    if (cluster) await forget(cluster, NAMESPACES, KINDS);
  });

  test("have in the plan what becomes of them and no secret, and plan ends with 3", async () => {
    const { code, stdout } = await rollback.roll(["plan"], console.log);
    const { downstream, failedChecks, warnings } = writtenPlan();
    expect(downstream?.unknown).toBeUndefined();
    expect(Object.fromEntries(downstream?.clusters.map(({ name, hazards }) => [name, hazards]) ?? [])).toEqual(
      EXPECTED,
    );
    expect(downstream?.clusters.map(({ id }) => id)).toEqual([
      ...["c-eeeee", "c-m-fffff", "c-aaaaa"],
      ...["c-bbbbb", "c-ccccc", "c-ddddd"],
    ]);
    expect(downstream?.common).toEqual([]);
    expect(failedChecks.map(({ message }) => message)).toEqual(
      LOSING.map((name) => expect.stringContaining(`downstream cluster ${name} can lose data: `)),
    );
    expect(warnings.map(({ kind }) => kind)).not.toContain("downstream-not-checked");
    expect(stdout).toContain("CAN LOSE DATA");
    expect(readFileSync(planFile(cluster.clusterFile), "utf8")).not.toContain("hunter2");
    expect(code).toBe(3);
  });

  test("stop apply before it locks anything, with their names", async () => {
    const { code, record } = await rollback.roll(["apply"], console.log);
    expect([code, record.result]).toEqual([1, "refused"]);
    for (const name of LOSING) expect(record.error).toContain(`downstream cluster ${name} can lose data`);
    expect(record.error).toContain(
      `pulumi config set --path 'acceptHazardsOf[0]' created@${scene.snapshot} --stack test`,
    );
    await expectUntouched();
  });

  test("stop pulumi up before it locks anything, with the same", async () => {
    const message = await failure(stack.up(console.log));
    for (const name of LOSING) expect(message).toContain(`downstream cluster ${name} can lose data`);
    expect(message).toContain(`pulumi config set --path 'acceptHazardsOf[0]' created@${scene.snapshot} --stack test`);
    await expectUntouched();
  });

  test("let plan end with 2 once they are accepted by name or id", async () => {
    const acceptHazardsOf = ["created", "c-m-fffff", "upgraded"].map((one) => `${one}@${scene.snapshot}`);
    await stack.configure({ ...labConfig(cluster, scene.snapshot, PRIOR), acceptHazardsOf });
    const { code } = await rollback.roll(["plan"], console.log);
    const { downstream, failedChecks } = writtenPlan();
    expect(failedChecks).toEqual([]);
    expect(downstream?.clusters.filter(({ accepted }) => accepted).map(({ name }) => name)).toEqual([
      "created",
      MANAGED,
      "upgraded",
    ]);
    expect(code).toBe(2);
    await expectUntouched();
  });

  function writtenPlan(): RollbackPlan {
    return planSchema.parse(JSON.parse(readFileSync(planFile(cluster.clusterFile), "utf8")));
  }

  async function expectUntouched(): Promise<void> {
    expect(await lockedNodes(cluster)).toEqual([]);
    expect(await etcdCreated(cluster)).toEqual(before);
  }
});

async function seed(cluster: LabCluster): Promise<void> {
  await forget(cluster, NAMESPACES, KINDS);
  await define(cluster, KINDS);
  await apply(
    cluster,
    NAMESPACES.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
  );
  await apply(cluster, BEFORE);
}

async function change(cluster: LabCluster): Promise<void> {
  await apply(cluster, AFTER);
  await kubectl(cluster, ["delete", `clusters.${MANAGEMENT}`, "c-ccccc"]);
}

function rke1(id: string, displayName: string, version: string): object {
  return {
    ...{ apiVersion: `${MANAGEMENT}/v3`, kind: "Cluster", metadata: { name: id } },
    spec: { displayName, rancherKubernetesEngineConfig: { kubernetesVersion: version } },
    status: managed("rancherKubernetesEngine", version),
  };
}

/** As Rancher last saw the cluster. */
function managed(driver: string, version: string): object {
  return {
    ...{ driver, version: { gitVersion: version }, agentImage: `rancher/rancher-agent:${PRIOR}` },
    ...{ caCert: "hunter2-ca", serviceAccountToken: "hunter2-token" },
    conditions: [
      { type: "Provisioned", status: "True" },
      { type: "Updated", status: "True" },
      { type: "Ready", status: "True" },
    ],
  };
}

/** A node of a pool; Rancher makes its machine as long as `isProvisioned` is Unknown. */
function node(cluster: string, name: string, isProvisioned: "True" | "Unknown"): object {
  return {
    ...{ apiVersion: `${MANAGEMENT}/v3`, kind: "Node", metadata: { name: `m-${name}`, namespace: cluster } },
    spec: { requestedHostname: name, nodePoolName: `${cluster}:np-1`, worker: true },
    status: { conditions: [{ type: "Provisioned", status: isProvisioned }], rkeNode: { sshKey: "hunter2-key" } },
  };
}

/** A cluster that Rancher provisions as RKE2, with a machine that has joined by command. */
function provisioned(version: string): object[] {
  const metadata = { name: MANAGED, namespace: WORKSPACE };
  return [
    {
      ...{ apiVersion: `${MANAGEMENT}/v3`, kind: "Cluster", metadata: { name: "c-m-fffff" } },
      ...{ spec: { displayName: MANAGED }, status: managed("rke2", version) },
    },
    {
      ...{ apiVersion: "provisioning.cattle.io/v1", kind: "Cluster", metadata },
      ...{ spec: { kubernetesVersion: version, rkeConfig: {} }, status: { clusterName: "c-m-fffff" } },
    },
    {
      ...{ apiVersion: "rke.cattle.io/v1", kind: "RKEControlPlane", metadata },
      ...{ spec: { kubernetesVersion: version }, status: { agentConnected: true } },
    },
    {
      ...{ apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Machine" },
      metadata: { name: `${MANAGED}-1`, namespace: WORKSPACE, labels: { "cluster.x-k8s.io/cluster-name": MANAGED } },
      spec: { infrastructureRef: { kind: "CustomMachine", name: `${MANAGED}-1` } },
      status: { phase: "Running", nodeRef: { name: `${MANAGED}-1` } },
    },
  ];
}
