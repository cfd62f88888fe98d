import { describe, expect, test } from "vitest";
import { restoreTriggers } from "../../components/etcdRestore.ts";
import { RancherRollback, type RollbackReport } from "../../components/rancherRollback.ts";
import type { Settings } from "../../settings/settings.ts";
import { type Registered, recordResources } from "../support/recordingMonitor.ts";
import { requestOf, SAFETY_COPY, someReport } from "../support/reports.ts";
import { RKE, someNode, someSettings } from "../support/settings.ts";

const COMMAND = "command:local:Command";
const PATCH = "kubernetes:apps/v1:DeploymentPatch";
const PROVIDER = "pulumi:providers:kubernetes";

describe("the rollback", () => {
  test("has these steps, each depending on the one before it", async () => {
    const rollback = await build();
    const order = [
      ...["lock-id", "lock", "preflight", "safety-copy", "etcd-restore", "rke-up", "restart-node1"],
      ...["rancher-image-api", "rancher-image", "verification", "unlock"],
    ];
    for (const [at, name] of order.entries()) {
      if (at > 0) expect(resource(rollback, name).dependencies, name).toContain(order[at - 1]);
    }
    expect([...rollback.keys()].sort()).toEqual(
      [...order, "restart-node2", "restart-node3", "rancher-image-cluster"].sort(),
    );
  });

  test("goes without the safety copy only when told so", async () => {
    const rollback = await build({ safetyCopy: false });
    expect(rollback.has("safety-copy")).toBe(false);
    expect(resource(rollback, "etcd-restore").dependencies).toContain("preflight");
  });

  test("gives RKE the snapshot by its name, in the cluster file's folder", async () => {
    const rollback = await build();
    expect(request(rollback, "etcd-restore").input).toMatchObject({ rke: "rke", snapshot: "base", run: 1 });
    expect(request(rollback, "rke-up").input).toEqual({ rke: "rke", silenceSeconds: 600 });
    for (const { inputs } of commands(rollback)) expect(inputs.dir).toBe("/clusters");
  });

  test("gives the restore all that must still hold right before the wipe: lock, proof and safety copy", async () => {
    const rollback = await build();
    const { lock, preflight, proven, safetyCopy, saved } = request(rollback, "etcd-restore").input;
    expect(lock).toEqual({ id: "1a2b3c4d", hosts: ["node1", "node2", "node3"] });
    expect(lock).toEqual(request(rollback, "unlock").input);
    expect(preflight).toEqual(request(rollback, "preflight").input);
    expect(proven).toMatchObject({ nodes: someReport("preflight").nodes, finishedAt: "preflight has run" });
    expect(safetyCopy).toEqual(request(rollback, "safety-copy").input);
    expect(saved).toMatchObject({ ...SAFETY_COPY, finishedAt: "safety-copy has run" });
    const without = request(await build({ safetyCopy: false }), "etcd-restore").input;
    expect(without).not.toHaveProperty("safetyCopy");
    expect(without).not.toHaveProperty("saved");
  });

  test("names the safety copy that the restore kept, which may be another one than that of its own step", async () => {
    const other = { ...SAFETY_COPY, name: "safety-20261123T040000Z" };
    const reports = { "etcd-restore": someReport("restore", { safetyCopy: other }) };
    expect((await reportOf({}, reports)).safetyCopy).toEqual(other);
    const { safetyCopy: _, ...restored } = someReport("restore");
    expect((await reportOf({ safetyCopy: false }, { "etcd-restore": restored })).safetyCopy).toBeUndefined();
  });

  test("starts every step by the same command, and gives it what it needs on standard input alone", async () => {
    const careful = await build({ hostKeys: { allowUnknown: false, knownHostsFile: "/keys/known hosts" } });
    const trusting = await build({ hostKeys: { allowUnknown: true } });
    const [command, ...others] = new Set(commands(careful).map(({ inputs }) => inputs.create));
    expect(command).toMatch(/^exec \S+ \S+steps\/main\.ts$/);
    expect(others).toEqual([]);
    for (const { name, inputs } of commands(careful)) {
      expect(requestOf(inputs).context).toEqual({
        ...{ resource: name, stack: "test", clusterFile: "/clusters/rancher-cluster.yml" },
        hostKeys: { allowUnknown: false, knownHostsFile: "/keys/known hosts" },
      });
    }
    for (const { inputs } of commands(trusting)) {
      expect(requestOf(inputs).context.hostKeys).toEqual({ allowUnknown: true });
    }
  });

  test("restarts all nodes side by side, or one after the other when rolling", async () => {
    const parallel = await build();
    const rolling = await build({ restartOrder: "rolling" });
    for (const number of [1, 2, 3]) {
      expect(request(parallel, `restart-node${number}`).input).toMatchObject({ node: `node${number}` });
      expect(resource(parallel, `restart-node${number}`).dependencies).toEqual(["rke-up"]);
    }
    expect(resource(rolling, "restart-node1").dependencies).toEqual(["rke-up"]);
    expect(resource(rolling, "restart-node2").dependencies.sort()).toEqual(["restart-node1", "rke-up"]);
    expect(resource(rolling, "restart-node3").dependencies.sort()).toEqual(["restart-node2", "rke-up"]);
  });

  test("waits for every node's restart before it looks for the API", async () => {
    const rollback = await build();
    expect(resource(rollback, "rancher-image-api").dependencies.sort()).toEqual(
      ["restart-node1", "restart-node2", "restart-node3"].sort(),
    );
  });
});

describe("what makes a step run again", () => {
  // Stacks carry these words in their state. A change of them asks every cluster for another restore: never change them.
  const RESTORE_TRIGGERS = ["snapshot base", "run 1"];

  test("for the restore it is the snapshot and the run, in the words that stacks carry", async () => {
    const triggers = async (changes: Partial<Settings>) => inputs(await build(changes), "etcd-restore").triggers;
    expect(await triggers({})).toEqual(RESTORE_TRIGGERS);
    expect(await triggers({ snapshot: "other" })).toEqual(["snapshot other", "run 1"]);
    expect(await triggers({ run: 2 })).toEqual(["snapshot base", "run 2"]);
    expect(restoreTriggers({ snapshot: "base", run: 3 })).toEqual(["snapshot base", "run 3"]);
  });

  test.each<[string, Partial<Settings>]>([
    ["a waiting time", { waitSeconds: 60 }],
    ["the order of restarts", { restartOrder: "rolling" }],
    ["the trust in host keys", { hostKeys: { allowUnknown: true } }],
    ["another RKE", { rke: { path: "/opt/rke", version: { ...RKE, minor: 7, text: "v1.7.0" }, silenceSeconds: 60 } }],
    ["another Rancher", { rancher: { ...someSettings().rancher, version: "v2.5.7", image: "rancher/rancher:v2.5.7" } }],
    ["a moved cluster file", { cluster: { ...someSettings().cluster, path: "/elsewhere/rancher-cluster.yml" } }],
    ["a node less", { cluster: { ...someSettings().cluster, nodes: [someNode(1)] } }],
    ["no safety copy", { safetyCopy: false }],
    ["a consent", { acceptDataLossOf: "base" }],
    ["a broken lock", { breakLockOf: "1a2b3c4d" }],
    ["a checksum", { snapshotSha256: "c".repeat(64) }],
    ["a source of the snapshot", { source: { kind: "file", path: "/backup/base" } }],
  ])("for the lock, the checks, the safety copy and the restore it is not %s", async (_, changes) => {
    const rollback = await build(changes);
    for (const name of ["lock", "preflight", "safety-copy", "etcd-restore"]) {
      if (rollback.has(name)) expect(inputs(rollback, name).triggers, name).toEqual(RESTORE_TRIGGERS);
    }
  });

  test("for the lock and the proof it is the same as for the restore, so that no restore goes without them", async () => {
    for (const changes of [{}, { snapshot: "other" }, { run: 2 }]) {
      const rollback = await build(changes);
      for (const name of ["lock", "preflight", "safety-copy"]) {
        expect(inputs(rollback, name).triggers).toEqual(inputs(rollback, "etcd-restore").triggers);
      }
    }
  });

  test("for the holder's id it is nothing: whatever run of a stack's state knows its own lock", async () => {
    expect(inputs(await build({ run: 2, snapshot: "other" }), "lock-id").triggers).toEqual([]);
  });

  test("for every other step it is that the step before it has run", async () => {
    const rollback = await build();
    expect(inputs(rollback, "rke-up").triggers).toEqual(["etcd-restore has run"]);
    for (const number of [1, 2, 3])
      expect(inputs(rollback, `restart-node${number}`).triggers).toEqual(["rke-up has run"]);
    const restarted = [1, 2, 3].map((number) => `restart-node${number} has run`).join(" ");
    expect(inputs(rollback, "rancher-image-api").triggers).toEqual([restarted, "rancher/rancher:v2.5.8"]);
    expect(inputs(rollback, "verification").triggers).toEqual(["rancher-image-api has run"]);
    expect(inputs(rollback, "unlock").triggers).toEqual(["verification has run"]);
  });

  test("another Rancher version touches the image, what waits for it and the verification only", async () => {
    const before = await build();
    const after = await build({
      rancher: { ...someSettings().rancher, version: "v2.5.7", image: "rancher/rancher:v2.5.7" },
    });
    const changed = [...before.keys()].filter(
      (name) => JSON.stringify(relevant(before, name)) !== JSON.stringify(relevant(after, name)),
    );
    expect(changed.sort()).toEqual(["rancher-image", "rancher-image-api"].sort());
  });

  test("is never the text of a script, the connection or anything else of a command", async () => {
    for (const { name, ignoreChanges } of commands(await build())) {
      for (const input of ["create", "update", "delete", "environment", "stdin", "dir", "interpreter", "logging"]) {
        expect(ignoreChanges, name).toContain(input);
      }
      expect(ignoreChanges).not.toContain("triggers");
    }
  });

  test("an update of a command does nothing but say again what was said", async () => {
    for (const { inputs } of commands(await build())) {
      expect(inputs.update).toBe(`printf '%s' "$PULUMI_COMMAND_STDOUT"`);
      expect(inputs.delete).toBeUndefined();
    }
  });

  test("a step that runs again is taken out of the state first, so a failed one is not believed to have been done", async () => {
    for (const { deleteBeforeReplace } of commands(await build())) expect(deleteBeforeReplace).toBe(true);
  });
});

describe("the Rancher image", () => {
  test("is patched by force, by one field manager, and stays when the stack is destroyed", async () => {
    const patch = resource(await build(), "rancher-image");
    expect(patch.type).toBe(PATCH);
    expect(patch.retainOnDelete).toBe(true);
    const { metadata, spec } = patch.inputs as { metadata: { annotations: object }; spec: object };
    expect(metadata).toMatchObject({ namespace: "cattle-system", name: "cattle" });
    expect(metadata.annotations).toMatchObject({
      "pulumi.com/patchForce": "true",
      "pulumi.com/patchFieldManager": "rancher-rollback",
    });
    expect(spec).toEqual({
      template: { spec: { containers: [{ name: "cattle-server", image: "rancher/rancher:v2.5.8" }] } },
    });
  });

  test("is set again after every rollback, also to the same version", async () => {
    const restored = await build({ run: 2 }, "has run again");
    const annotations = (rollback: Map<string, Registered>) =>
      (inputs(rollback, "rancher-image").metadata as { annotations: Record<string, string> }).annotations;
    expect(annotations(restored)).not.toEqual(annotations(await build()));
  });

  test("goes to the Deployment and container of a Helm installation and a private registry too", async () => {
    const rollback = await build({
      rancher: {
        ...someSettings().rancher,
        deployment: "rancher",
        container: "rancher",
        image: "registry.example.com/rancher/rancher:v2.5.8",
      },
    });
    expect(inputs(rollback, "rancher-image")).toMatchObject({
      metadata: { name: "rancher" },
      spec: {
        template: { spec: { containers: [{ name: "rancher", image: "registry.example.com/rancher/rancher:v2.5.8" }] } },
      },
    });
    expect(request(rollback, "rancher-image-api").input).toMatchObject({
      ...{ namespace: "cattle-system", deployment: "rancher", container: "rancher" },
    });
  });

  test("finds the cluster through the kubeconfig beside the cluster file, only once the API has answered", async () => {
    const provider = resource(await build(), "rancher-image-cluster");
    expect(provider.type).toBe(PROVIDER);
    expect(provider.inputs).toEqual({
      kubeconfig: "/clusters/kube_config_rancher-cluster.yml",
      clusterIdentifier: "prod",
    });
    expect(provider.dependencies).toEqual(["rancher-image-api"]);
  });
});

test("a key in the cluster file goes into no resource", async () => {
  const { cluster } = someSettings();
  const nodes = cluster.nodes.map((node) => ({ ...node, key: "-----BEGIN SECRET-----" }));
  const rollback = await build({ cluster: { ...cluster, nodes } });
  expect(JSON.stringify([...rollback.values()])).not.toContain("SECRET");
});

test("the verification is given when each node was restarted, by its own clock", async () => {
  const { rancher, restartedAt } = request(await build(), "verification").input;
  expect(restartedAt).toEqual({ node1: "clock of node1", node2: "clock of node2", node3: "clock of node3" });
  expect(rancher).toEqual(someSettings().rancher);
});

/** @param says what every report says of its end: another run says it otherwise. */
async function build(changes: Partial<Settings> = {}, says = "has run"): Promise<Map<string, Registered>> {
  const { resources } = await recordResources(
    (type, name, inputs) => outputsOf(type, name, inputs, { says }),
    () => new RancherRollback("rollback", { settings: someSettings(changes), announce: () => {} }),
  );
  return resources;
}

/** What the rollback reports at its end where these resources report what is given. */
async function reportOf(changes: Partial<Settings>, reports: Record<string, object>): Promise<RollbackReport> {
  let report: RollbackReport | undefined;
  await recordResources(
    (type, name, inputs) => outputsOf(type, name, inputs, { reports }),
    () =>
      new RancherRollback("rollback", { settings: someSettings(changes), announce: () => {} }).report.apply((given) => {
        report = given;
      }),
  );
  if (!report) throw new Error("the rollback has reported nothing");
  return report;
}

function outputsOf(
  type: string,
  name: string,
  inputs: Record<string, unknown>,
  { says = "has run", reports = {} }: { says?: string; reports?: Record<string, object> },
): Record<string, unknown> {
  if (type === PATCH || type === PROVIDER) return inputs;
  if (type !== COMMAND) throw new Error(`no mock for ${type}`);
  const node = name.replace("restart-", "");
  const own = name.startsWith("restart-") ? { node, clock: `clock of ${node}` } : {};
  const report = reports[name] ?? someReport(requestOf(inputs).step, { finishedAt: `${name} ${says}`, ...own });
  return { ...inputs, stdout: JSON.stringify(report) };
}

function resource(rollback: Map<string, Registered>, name: string): Registered {
  const found = rollback.get(name);
  if (!found) throw new Error(`the rollback has no ${name}; it has ${[...rollback.keys()].join(", ")}`);
  return found;
}

function inputs(rollback: Map<string, Registered>, name: string): Record<string, unknown> {
  return resource(rollback, name).inputs;
}

function request(rollback: Map<string, Registered>, name: string) {
  return requestOf(inputs(rollback, name));
}

function commands(rollback: Map<string, Registered>): Registered[] {
  const found = [...rollback.values()].filter(({ type }) => type === COMMAND);
  expect(found.length).toBe(12);
  return found;
}

/** What the engine compares: all inputs but the ignored ones. */
function relevant(rollback: Map<string, Registered>, name: string): object {
  const { inputs, ignoreChanges } = resource(rollback, name);
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !ignoreChanges.includes(key)));
}
