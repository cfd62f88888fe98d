import { describe, expect, test } from "vitest";
import { restoreTriggers } from "../../components/etcdRestore.ts";
import { RancherRollback } from "../../components/rancherRollback.ts";
import type { Settings } from "../../settings/settings.ts";
import { type Registered, recordResources } from "../support/recordingMonitor.ts";
import { someNode, someSettings } from "../support/settings.ts";

const COMMAND = "command:local:Command";
const PATCH = "kubernetes:apps/v1:DeploymentPatch";
const PROVIDER = "pulumi:providers:kubernetes";

describe("the road", () => {
  test("has these steps, each depending on the one before it", async () => {
    const road = await build();
    const order = [
      ...["lock-id", "lock", "preflight", "safety-copy", "etcd-restore", "rke-up", "restart-node1"],
      ...["rancher-image-api", "rancher-image", "verification", "unlock"],
    ];
    for (const [at, name] of order.entries()) {
      if (at > 0) expect(resource(road, name).dependencies, name).toContain(order[at - 1]);
    }
    expect([...road.keys()].sort()).toEqual(
      [...order, "restart-node2", "restart-node3", "rancher-image-cluster"].sort(),
    );
  });

  test("goes without the safety copy only when told so", async () => {
    const road = await build({ safetyCopy: false });
    expect(road.has("safety-copy")).toBe(false);
    expect(resource(road, "etcd-restore").dependencies).toContain("preflight");
  });

  test("runs RKE with the runbook's command lines in the cluster file's folder", async () => {
    const road = await build();
    expect(rkeCommand(road, "etcd-restore")).toBe("rke etcd snapshot-restore --name base --config rancher-cluster.yml");
    expect(rkeCommand(road, "rke-up")).toBe("rke up --config rancher-cluster.yml");
    expect(inputs(road, "etcd-restore").dir).toBe("/clusters");
    expect(inputs(road, "rke-up").dir).toBe("/clusters");
  });

  test("tells every step the cluster file, the stack and the host key policy", async () => {
    const careful = await build({ hostKeys: { allowUnknown: false, knownHostsFile: "/keys/known hosts" } });
    const trusting = await build({ hostKeys: { allowUnknown: true } });
    for (const { inputs } of commands(careful)) {
      expect(inputs.create).toContain("--cluster-file /clusters/rancher-cluster.yml --stack test");
      expect(inputs.create).toContain("--known-hosts '/keys/known hosts'");
      expect(inputs.create).not.toContain("--allow-unknown-host-keys");
    }
    for (const { inputs } of commands(trusting)) expect(inputs.create).toContain("--allow-unknown-host-keys");
  });

  test("restarts all nodes side by side, or one after the other when rolling", async () => {
    const parallel = await build();
    const rolling = await build({ restartOrder: "rolling" });
    for (const number of [1, 2, 3]) {
      expect(inputs(parallel, `restart-node${number}`).create).toMatch(`--node node${number} `);
      expect(resource(parallel, `restart-node${number}`).dependencies).toEqual(["rke-up"]);
    }
    expect(resource(rolling, "restart-node1").dependencies).toEqual(["rke-up"]);
    expect(resource(rolling, "restart-node2").dependencies.sort()).toEqual(["restart-node1", "rke-up"]);
    expect(resource(rolling, "restart-node3").dependencies.sort()).toEqual(["restart-node2", "rke-up"]);
  });

  test("waits for every node's restart before it looks for the API", async () => {
    const road = await build();
    expect(resource(road, "rancher-image-api").dependencies.sort()).toEqual(
      ["restart-node1", "restart-node2", "restart-node3"].sort(),
    );
  });
});

describe("what makes a step run again", () => {
  test("for the restore it is the snapshot and the run, and nothing else", async () => {
    const triggers = async (changes: Partial<Settings>) => inputs(await build(changes), "etcd-restore").triggers;
    const first = await triggers({});
    expect(first).toEqual(["snapshot base"]);
    expect(await triggers({ snapshot: "other" })).not.toEqual(first);
    expect(await triggers({ run: 2 })).toEqual(["snapshot base", "run 2"]);
    const irrelevant: Partial<Settings>[] = [
      { waitSeconds: 60 },
      { restartOrder: "rolling" },
      { hostKeys: { allowUnknown: true } },
      { rke: { ...someSettings().rke, path: "/opt/rke" } },
      { rancher: { ...someSettings().rancher, version: "v2.5.7", image: "rancher/rancher:v2.5.7" } },
      { cluster: { ...someSettings().cluster, path: "/elsewhere/rancher-cluster.yml", nodes: [someNode(1)] } },
    ];
    for (const change of irrelevant) expect(await triggers(change)).toEqual(first);
  });

  test("for the lock and the proof it is the same, so that no restore goes without them", async () => {
    for (const changes of [{}, { snapshot: "other" }, { run: 2 }]) {
      const road = await build(changes);
      for (const name of ["lock", "preflight", "safety-copy"]) {
        expect(inputs(road, name).triggers).toEqual(inputs(road, "etcd-restore").triggers);
      }
    }
  });

  test("for the holder's id it is nothing: whatever run of a stack's state knows its own lock", async () => {
    expect(inputs(await build({ run: 2, snapshot: "other" }), "lock-id").triggers).toEqual([]);
  });

  test("the restore's triggers are spelled as existing stacks carry them", () => {
    expect(restoreTriggers({ snapshot: "base", run: 1 })).toEqual(["snapshot base"]);
    expect(restoreTriggers({ snapshot: "base", run: 3 })).toEqual(["snapshot base", "run 3"]);
  });

  test("for every other step it is that the step before it has run", async () => {
    const road = await build();
    expect(inputs(road, "rke-up").triggers).toEqual(["etcd-restore has run"]);
    for (const number of [1, 2, 3]) expect(inputs(road, `restart-node${number}`).triggers).toEqual(["rke-up has run"]);
    const restarted = [1, 2, 3].map((number) => `restart-node${number} has run`).join(" ");
    expect(inputs(road, "rancher-image-api").triggers).toEqual([restarted, "rancher/rancher:v2.5.8"]);
    expect(inputs(road, "verification").triggers).toEqual(["rancher-image-api has run"]);
    expect(inputs(road, "unlock").triggers).toEqual(["verification has run"]);
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
    const annotations = (road: Map<string, Registered>) =>
      (inputs(road, "rancher-image").metadata as { annotations: Record<string, string> }).annotations;
    expect(annotations(restored)).not.toEqual(annotations(await build()));
  });

  test("goes to the Deployment and container of a Helm installation and a private registry too", async () => {
    const road = await build({
      rancher: {
        ...someSettings().rancher,
        deployment: "rancher",
        container: "rancher",
        image: "registry.example.com/rancher/rancher:v2.5.8",
      },
    });
    expect(inputs(road, "rancher-image")).toMatchObject({
      metadata: { name: "rancher" },
      spec: {
        template: { spec: { containers: [{ name: "rancher", image: "registry.example.com/rancher/rancher:v2.5.8" }] } },
      },
    });
    expect(inputs(road, "rancher-image-api").create).toMatch(/-- cattle-system rancher rancher$/);
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
  const road = await build({ cluster: { ...cluster, nodes } });
  expect(JSON.stringify([...road.values()])).not.toContain("SECRET");
});

test("the verification is told when each node was restarted, by its own clock", async () => {
  const { rancher, restartedAt } = JSON.parse(String(inputs(await build(), "verification").stdin));
  expect(restartedAt).toEqual({ node1: "clock of node1", node2: "clock of node2", node3: "clock of node3" });
  expect(rancher).toEqual(someSettings().rancher);
});

async function build(changes: Partial<Settings> = {}, says = "has run"): Promise<Map<string, Registered>> {
  const { resources } = await recordResources(
    (type, name, inputs) => {
      if (type === PATCH || type === PROVIDER) return inputs;
      if (type !== COMMAND) throw new Error(`nobody mocked ${type}`);
      const node = name.replace("restart-", "");
      return { ...inputs, stdout: JSON.stringify({ finishedAt: `${name} ${says}`, node, clock: `clock of ${node}` }) };
    },
    () => new RancherRollback("rollback", { settings: someSettings(changes), announce: () => {} }),
  );
  return resources;
}

function resource(road: Map<string, Registered>, name: string): Registered {
  const found = road.get(name);
  if (!found) throw new Error(`the road has no ${name}; it has ${[...road.keys()].join(", ")}`);
  return found;
}

function inputs(road: Map<string, Registered>, name: string): Record<string, unknown> {
  return resource(road, name).inputs;
}

function commands(road: Map<string, Registered>): Registered[] {
  const found = [...road.values()].filter(({ type }) => type === COMMAND);
  expect(found.length).toBe(12);
  return found;
}

function rkeCommand(road: Map<string, Registered>, name: string): string {
  return String(inputs(road, name).create).split(" -- ")[1] ?? "";
}

/** What the engine compares: all inputs but the ignored ones. */
function relevant(road: Map<string, Registered>, name: string): object {
  const { inputs, ignoreChanges } = resource(road, name);
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !ignoreChanges.includes(key)));
}
