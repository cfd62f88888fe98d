import { spawnSync } from "node:child_process";
import { globSync, realpathSync } from "node:fs";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { restoreTriggers } from "../../components/etcdRestore.ts";
import type { Settings } from "../../settings/settings.ts";
import { CONTRACT, contextSchema } from "../../steps/contract.ts";
import { tempFolder } from "../support/folder.ts";
import type { Registered } from "../support/recordingMonitor.ts";
import {
  commands,
  PATCH,
  PROVIDER,
  recordRollback,
  request,
  requestIn,
  resource,
  triggers,
  WIPED,
} from "../support/rollback.ts";
import { someNode, someSettings } from "../support/settings.ts";

const ORDER = [
  ...["lock-id", "lock", "preflight", "safety-copy", "etcd-restore", "rke-up", "restart-node1"],
  ...["rancher-image-api", "rancher-image", "verification", "rke-up-last", "unlock"],
];

describe("a rollback", () => {
  test("has these steps, each depending on the one before it", async () => {
    const rollback = await build();
    for (const [at, name] of ORDER.entries()) {
      if (at > 0) expect(resource(rollback, name).dependencies, name).toContain(ORDER[at - 1]);
    }
    expect([...rollback.keys()].sort()).toEqual(
      [...ORDER, "restart-node2", "restart-node3", "rancher-image-cluster"].sort(),
    );
  });

  test("goes without the safety copy only where the settings skip it", async () => {
    const rollback = await build({ safetyCopy: false });
    expect(rollback.has("safety-copy")).toBe(false);
    expect(resource(rollback, "etcd-restore").dependencies).toContain("preflight");
    const { input } = request(rollback, "etcd-restore");
    expect(input).not.toHaveProperty("safetyCopy");
    expect(input).not.toHaveProperty("saved");
  });

  test("gives every step what the contract asks for", async () => {
    for (const { name, inputs } of commands(await build({ breakLockOf: "0123abcd", snapshotSha256: "5ba5" }))) {
      const { step, context, input } = requestIn(inputs);
      expect(CONTRACT[step].input.safeParse(input).error, name).toBeUndefined();
      expect(contextSchema.parse(context), name).toEqual(context);
      expect(context.resource).toBe(name);
    }
  });

  test("runs each step by its name in the contract, in the cluster file's folder, in the shell's place", async () => {
    const rollback = await build();
    const steps = commands(rollback).map(({ name, inputs }) => [name, requestIn(inputs).step]);
    expect(Object.fromEntries(steps)).toEqual({
      ...{ "lock-id": "lock-id", lock: "lock", preflight: "preflight", "safety-copy": "safety-copy" },
      ...{ "etcd-restore": "restore", "rke-up": "rke-up", "restart-node1": "restart", "restart-node2": "restart" },
      ...{ "restart-node3": "restart", "rancher-image-api": "wait-for-api", verification: "verify" },
      ...{ "rke-up-last": "rke-up", unlock: "unlock" },
    });
    for (const { inputs } of commands(rollback)) {
      expect(inputs.dir).toBe("/clusters");
      expect(inputs.create).toMatch(/^exec .*node.* .*\/steps\/main\.ts'?$/);
    }
  });

  test.each(["/var/tmp", undefined])(
    "gives every step the temporary folder of the operator, not the engine's: %s",
    async (folder) => {
      vi.stubEnv("TMPDIR", folder);
      onTestFinished(() => void vi.unstubAllEnvs());
      for (const { name, inputs } of commands(await build())) {
        expect(inputs.environment, name).toEqual({ TMPDIR: folder ?? "" });
      }
    },
  );

  test("keeps what V8 has compiled of a step, whoever has started the engine", async () => {
    const [step] = commands(await build());
    const cache = realpathSync(tempFolder());
    // It gets no request, and ends once it is loaded.
    spawnSync("sh", ["-c", String(step?.inputs.create)], {
      env: { PATH: process.env.PATH, HOME: "/nowhere", XDG_CACHE_HOME: cache },
      input: "",
    });
    expect(globSync("rancher-rollback/compiled/*/*", { cwd: cache }).length).toBeGreaterThan(20);
  });

  test("gives every step the cluster file, the stack and the trust in host keys", async () => {
    for (const hostKeys of [{ allowUnknown: false, knownHostsFile: "/keys/known hosts" }, { allowUnknown: true }]) {
      for (const { inputs } of commands(await build({ hostKeys }))) {
        expect(requestIn(inputs).context).toMatchObject({
          clusterFile: "/clusters/rancher-cluster.yml",
          stack: "test",
          hostKeys,
        });
      }
    }
  });

  test("locks every etcd host for this snapshot and run, and releases the same lock", async () => {
    const [one, two] = [someNode(1), someNode(2, ["worker"])];
    const rollback = await build({ run: 2, cluster: { ...someSettings().cluster, nodes: [one, two] } });
    const lock = { id: "aaaaaaaa", hosts: ["node1"] };
    expect(request(rollback, "lock").input).toEqual({ ...lock, snapshot: "base", run: 2, silenceSeconds: 600 });
    expect(request(rollback, "unlock").input).toEqual(lock);
  });

  test("gives the restore the lock, the proof and the safety copy as the steps before it reported them", async () => {
    const rollback = await build({ snapshotSha256: "5ba5" });
    const { input } = request(rollback, "etcd-restore");
    expect(input).toMatchObject({
      ...{ snapshot: "base", run: 1, rke: "rke" },
      lock: { id: "aaaaaaaa", hosts: ["node1", "node2", "node3"], taken: [] },
      proven: { finishedAt: "preflight has run", nodes: [{ node: "node1", sha256: "5ba5" }] },
      saved: { finishedAt: "safety-copy has run", name: "safety-copy-1" },
    });
    // What was proven and saved is looked at once more right before the wipe.
    expect(input.preflight).toEqual(request(rollback, "preflight").input);
    expect(input.safetyCopy).toEqual(request(rollback, "safety-copy").input);
  });

  test("gives the restore what decides how etcd goes back", async () => {
    const { input } = request(await build({ restoreWith: "auto", keepOldDataDays: 30 }), "etcd-restore");
    expect(input).toMatchObject({ restoreWith: "auto", keepOldDataDays: 30, replaced: [] });
  });

  test.each<[string, string, string[]]>([
    ["that this run has taken", "2999-11-23T03:00:00Z", ["node1", "node2", "node3"]],
    ["of an earlier run", "2026-11-23T03:00:00Z", []],
  ])("tells the restore of a lock %s, which must not be gone in between", async (_, finished, taken) => {
    expect(request(await build({}, finished), "etcd-restore").input).toMatchObject({ lock: { taken } });
  });

  test("restarts all nodes side by side, or one after the other when rolling", async () => {
    const parallel = await build();
    const rolling = await build({ restartOrder: "rolling" });
    for (const number of [1, 2, 3]) {
      expect(request(parallel, `restart-node${number}`).input).toMatchObject({ node: `node${number}` });
      expect(resource(parallel, `restart-node${number}`).dependencies.sort()).toEqual(["etcd-restore", "rke-up"]);
    }
    expect(resource(rolling, "restart-node1").dependencies).not.toContain("restart-node2");
    expect(resource(rolling, "restart-node2").dependencies).toContain("restart-node1");
    expect(resource(rolling, "restart-node3").dependencies).toContain("restart-node2");
  });

  test("waits for every node's restart before it looks for the API", async () => {
    expect(resource(await build(), "rancher-image-api").dependencies.sort()).toEqual(
      ["restart-node1", "restart-node2", "restart-node3"].sort(),
    );
  });

  test("verifies by what each node's restart reported: its clock, and since when its containers must run", async () => {
    const { rancher, restarts } = request(await build(), "verification").input;
    const of = (node: string) => ({ clock: `clock of ${node}`, since: `etcd of ${node}` });
    expect(restarts).toEqual({ node1: of("node1"), node2: of("node2"), node3: of("node3") });
    expect(rancher).toEqual(someSettings().rancher);
  });

  test("verifies by a restart's clock alone where an older release reported no more", async () => {
    const older = { since: undefined, kept: undefined };
    const rollback = await recordRollback(someSettings(), { reported: { "restart-node1": older } });
    expect(request(rollback, "verification").input.restarts).toMatchObject({
      node1: { clock: "clock of node1", since: "clock of node1" },
    });
  });

  test("tells each restart what the settings ask for and when the wipe was, where that is known", async () => {
    const always = await build({ restarts: "always" });
    expect(request(always, "restart-node1").input).toMatchObject({ restarts: "always", wipedAt: WIPED });
    const unseen = await recordRollback(someSettings(), { reported: { "etcd-restore": { wipedAt: undefined } } });
    expect(request(unseen, "restart-node1").input).not.toHaveProperty("wipedAt");
    expect(request(unseen, "restart-node1").input.restarts).toBe("auto");
  });

  test("puts a key of the cluster file into no resource", async () => {
    const { cluster } = someSettings();
    const nodes = cluster.nodes.map((node) => ({ ...node, key: "-----BEGIN SECRET-----" }));
    const rollback = await build({ cluster: { ...cluster, nodes } });
    expect(JSON.stringify([...rollback.values()])).not.toContain("SECRET");
  });
});

describe("rke up", () => {
  const turns = (rollback: Map<string, Registered>) =>
    ["rke-up", "rke-up-last"].filter((name) => rollback.has(name)).map((name) => request(rollback, name).input.skip);

  test("comes last where the restore has built the cluster, and the cluster must be the same afterwards", async () => {
    const rollback = await build();
    expect(turns(rollback)).toEqual(["comes last", undefined]);
    expect(request(rollback, "rke-up-last").input.verify).toEqual(request(rollback, "verification").input);
    expect(request(rollback, "rke-up").input).not.toHaveProperty("verify");
  });

  test("comes first, and only then, where the restore does not show that it has built the cluster", async () => {
    for (const built of [false, undefined]) {
      const rollback = await recordRollback(someSettings(), { reported: { "etcd-restore": { built } } });
      expect(turns(rollback)).toEqual([undefined, "has run"]);
    }
  });

  test("comes first, as the runbook has it, where the settings say so", async () => {
    const rollback = await build({ rkeUp: "first" });
    expect(turns(rollback)).toEqual([undefined]);
    expect(resource(rollback, "unlock").dependencies).toContain("verification");
  });

  test("makes no other step run again, whichever comes first: their triggers are the same", async () => {
    const [last, first] = [await build(), await build({ rkeUp: "first" })];
    for (const { name } of commands(first)) expect(triggers(last, name), name).toEqual(triggers(first, name));
  });

  test("does nothing in a stack whose rollback an older release has finished", async () => {
    const older = { "etcd-restore": { built: undefined }, "rke-up": { skipped: undefined } };
    const rollback = await recordRollback(someSettings(), { reported: older });
    expect(request(rollback, "rke-up-last").input.skip).toBe("has run");
  });
});

/** Steps that run for what the operator asked for; every other one runs because the step before it has. */
const ASKED_FOR = ["lock", "preflight", "safety-copy", "etcd-restore"];

describe("what makes a restore run again", () => {
  test.each<[string, Partial<Settings>, string[]]>([
    ["another snapshot", { snapshot: "other" }, ["snapshot other", "run 1"]],
    ["a raised run", { run: 2 }, ["snapshot base", "run 2"]],
  ])("%s does, with the lock, the checks and the safety copy that belong to it", async (_, changes, expected) => {
    const rollback = await build(changes);
    for (const name of ASKED_FOR) expect(triggers(rollback, name), name).toEqual(expected);
  });

  const { cluster, rke, rancher } = someSettings();
  test.each<[string, Partial<Settings>]>([
    ["nothing", {}],
    ["other waits", { waitSeconds: 60, rke: { ...rke, silenceSeconds: 60 } }],
    ["another order of restarts", { restartOrder: "rolling" }],
    ["other trust in host keys", { hostKeys: { allowUnknown: true, knownHostsFile: "/keys/known_hosts" } }],
    ["another path of RKE", { rke: { ...rke, path: "/opt/rke" } }],
    ["another version of RKE", { rke: { ...rke, version: { major: 1, minor: 9, patch: 1, text: "v1.9.1" } } }],
    ["another Rancher", { rancher: { ...rancher, version: "v2.5.7", image: "rancher/rancher:v2.5.7" } }],
    ["another path of the cluster file", { cluster: { ...cluster, path: "/elsewhere/rancher-cluster.yml" } }],
    ["fewer nodes", { cluster: { ...cluster, nodes: [someNode(1)] } }],
    ["a source of the snapshot", { source: { kind: "file", path: "/backup/base" } }],
    ["the snapshot's sha256", { snapshotSha256: "5ba5" }],
    ["a preview that reads the cluster", { readCluster: true }],
    ["a confirmation", { acceptDataLossOf: "base" }],
    ["other restarts", { restarts: "always" }],
    ["another place of rke up", { rkeUp: "first" }],
    ["a broken lock", { breakLockOf: "0123abcd" }],
    ["no safety copy", { safetyCopy: false }],
    ["another way to restore", { restoreWith: "in-place" }],
    ["old data that are kept longer", { keepOldDataDays: 30 }],
  ])("%s does not", async (_, changes) => {
    const rollback = await build(changes);
    for (const name of ASKED_FOR.filter((one) => rollback.has(one))) {
      expect(triggers(rollback, name), name).toEqual(["snapshot base", "run 1"]);
    }
  });

  test("the triggers are spelled as the state of existing stacks has them", () => {
    expect(restoreTriggers({ snapshot: "base", run: 1 })).toEqual(["snapshot base", "run 1"]);
    expect(restoreTriggers({ snapshot: "base", run: 3 })).toEqual(["snapshot base", "run 3"]);
  });
});

describe("what makes another step run again", () => {
  test("nothing does for the holder's id: any run of a stack's state recognizes its own lock", async () => {
    expect(triggers(await build({ run: 2, snapshot: "other" }), "lock-id")).toEqual([]);
  });

  test("for every step after the restore it is that the step before it has run", async () => {
    const rollback = await build();
    expect(triggers(rollback, "rke-up")).toEqual(["etcd-restore has run"]);
    for (const number of [1, 2, 3]) expect(triggers(rollback, `restart-node${number}`)).toEqual(["rke-up has run"]);
    const restarted = [1, 2, 3].map((number) => `restart-node${number} has run`).join(" ");
    expect(triggers(rollback, "rancher-image-api")).toEqual([restarted, "rancher/rancher:v2.5.8"]);
    expect(triggers(rollback, "verification")).toEqual(["rancher-image-api has run"]);
    expect(triggers(rollback, "rke-up-last")).toEqual(["rke-up has run"]);
    expect(triggers(rollback, "unlock")).toEqual(["verification has run"]);
  });

  test("another Rancher version changes the image and the wait for the API, whose run the verification follows", async () => {
    const before = await build();
    const after = await build({
      rancher: { ...someSettings().rancher, version: "v2.5.7", image: "rancher/rancher:v2.5.7" },
    });
    const changed = [...before.keys()].filter(
      (name) => JSON.stringify(compared(before, name)) !== JSON.stringify(compared(after, name)),
    );
    expect(changed.sort()).toEqual(["rancher-image", "rancher-image-api"].sort());
  });

  test("no input of a command but its triggers does", async () => {
    const rollback = await build();
    for (const { name } of commands(rollback)) {
      expect(Object.keys(compared(rollback, name)), name).toEqual(["triggers"]);
    }
    for (const { ignoreChanges } of commands(rollback)) {
      for (const input of ["delete", "environment", "interpreter"]) expect(ignoreChanges).toContain(input);
    }
  });

  test("an update of a command only repeats the report", async () => {
    for (const { inputs } of commands(await build())) {
      expect(inputs.update).toBe(`printf '%s' "$PULUMI_COMMAND_STDOUT"`);
      expect(inputs.delete).toBeUndefined();
    }
  });

  test("a step that runs again leaves the state first, so that a failed one does not count as done", async () => {
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
    const annotations = async (finished: string) => {
      const { metadata } = resource(await build({}, finished), "rancher-image").inputs;
      return (metadata as { annotations: Record<string, string> }).annotations;
    };
    expect(await annotations("has run again")).not.toEqual(await annotations("has run"));
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
    expect(resource(rollback, "rancher-image").inputs).toMatchObject({
      metadata: { name: "rancher" },
      spec: {
        template: { spec: { containers: [{ name: "rancher", image: "registry.example.com/rancher/rancher:v2.5.8" }] } },
      },
    });
    const waitsFor = { namespace: "cattle-system", deployment: "rancher", container: "rancher" };
    expect(request(rollback, "rancher-image-api").input).toMatchObject(waitsFor);
  });

  test.each([{}, { kubernetesVersion: "v1.13.5-rancher1-3" }, { kubernetesVersion: "v1.21.14-rancher1-1" }])(
    "is set by the step that waits for the API, without server-side apply, before Kubernetes v1.22: %o",
    async (version) => {
      const { kubernetesVersion: _, ...unknown } = someSettings();
      const rollback = await recordRollback({ ...unknown, ...version });
      expect(request(rollback, "rancher-image-api").input).toMatchObject({ image: "rancher/rancher:v2.5.8" });
      for (const name of ["rancher-image", "rancher-image-cluster"]) expect(rollback.has(name), name).toBe(false);
      const since = await build();
      expect(request(since, "rancher-image-api").input).not.toHaveProperty("image");
      // An upgrade of Kubernetes or of this program runs nothing again.
      for (const { name } of commands(since)) expect(triggers(rollback, name), name).toEqual(triggers(since, name));
    },
  );

  test("is not set once more where Kubernetes has become v1.22 since it was set without server-side apply", async () => {
    const patched = { "rancher-image-api": { patched: "rancher/rancher:v2.5.8" } };
    const rollback = await recordRollback(someSettings(), { reported: patched });
    expect(resource(rollback, "rancher-image").inputs).not.toHaveProperty("spec");
  });

  test("comes with the tokens of now where Rancher is from before 2.0.11 or 2.1.6, and no other step is told of them", async () => {
    const old = await build({ rancher: { ...someSettings().rancher, version: "v2.1.5" } });
    expect(request(old, "safety-copy").input).toMatchObject({ keepTokens: true });
    expect(request(old, "rancher-image-api").input.tokens).toEqual({
      lock: { id: "aaaaaaaa", hosts: ["node1", "node2", "node3"] },
      folder: "/clusters/.rancher-rollback/safety-copy-1",
    });
    const rollback = await build();
    expect(request(rollback, "safety-copy").input).not.toHaveProperty("keepTokens");
    expect(request(rollback, "rancher-image-api").input).not.toHaveProperty("tokens");
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

function build(changes: Partial<Settings> = {}, finished?: string): Promise<Map<string, Registered>> {
  return recordRollback(someSettings(changes), finished === undefined ? {} : { finished });
}

/** What the engine compares: all inputs but the ignored ones. */
function compared(rollback: Map<string, Registered>, name: string): object {
  const { inputs, ignoreChanges } = resource(rollback, name);
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !ignoreChanges.includes(key)));
}
