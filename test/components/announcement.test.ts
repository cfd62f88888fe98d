import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { RestoreRecord } from "../../cluster/history/restores.ts";
import { announceRestore, type RestoreHooks, restoreAnnouncement } from "../../components/announcement.ts";
import type { Settings } from "../../settings/settings.ts";
import { program, tempFolder, textFile } from "../support/folder.ts";
import { recordResources } from "../support/recordingMonitor.ts";
import { someNode, someSettings } from "../support/settings.ts";

const FINISHED: RestoreRecord = {
  snapshot: "base",
  run: 1,
  startedAt: "2026-11-23T03:00:00Z",
  finishedAt: "2026-11-23T03:10:00Z",
  stack: "prod",
  holder: "ops@laptop",
};
const { finishedAt: _, ...STARTED } = FINISHED;

afterEach(() => vi.unstubAllEnvs());

describe("the announcement", () => {
  test("names what is lost, the snapshot, the cluster, every node and the point of no return", () => {
    const text = restoreAnnouncement(someSettings(), "prod");
    expect(text).toContain("WILL DESTROY DATA (nothing is done yet)");
    expect(text).toContain("every change made to this cluster since that snapshot");
    for (const fact of ["base", "prod", "/clusters/rancher-cluster.yml", "node1", "198.18.0.12", "node3"]) {
      expect(text).toContain(fact);
    }
    expect(text).toContain("cattle-system/cattle is set to rancher/rancher:v2.5.8");
    expect(text).toContain("Cleaning old kubernetes cluster");
  });

  test.each<[string, Partial<Settings>, string | undefined]>([
    ["nothing is set", {}, "base"],
    ["another snapshot is confirmed", { acceptDataLossOf: "other" }, "base"],
    ["this restore is confirmed", { acceptDataLossOf: "base" }, undefined],
    ["only the first run is confirmed", { run: 2, acceptDataLossOf: "base" }, "'base#2'"],
    ["the second run is confirmed", { run: 2, acceptDataLossOf: "base#2" }, undefined],
  ])("asks for a confirmation only until it is given: %s", (_, changes, asked) => {
    const text = restoreAnnouncement(someSettings(changes), "prod");
    if (asked === undefined) expect(text).not.toContain("not confirmed");
    else {
      const command = `pulumi config set acceptDataLossOf ${asked} --stack prod`;
      expect(text).toContain(`not confirmed    before \`pulumi up\`: ${command}`);
    }
  });
});

describe("the hook before the lock", () => {
  test("refuses an unconfirmed restore in an update", async () => {
    remember({});
    const { call } = await hooksOf({});
    await expect(call("lockHook")).rejects.toThrow(
      /the restore of base is not confirmed: acceptDataLossOf is not set\. Nothing was done\..*: pulumi config set acceptDataLossOf base --stack test$/,
    );
  });

  test.each<[string, Partial<Settings>]>([
    ["another snapshot", { acceptDataLossOf: "other" }],
    ["the run before", { run: 2, acceptDataLossOf: "base" }],
    ["another run", { acceptDataLossOf: "base#2" }],
  ])("refuses a restore where %s was confirmed", async (_, changes) => {
    remember({});
    const { call } = await hooksOf(changes);
    await expect(call("lockHook")).rejects.toThrow(`acceptDataLossOf is ${changes.acceptDataLossOf}.`);
  });

  test.each<Partial<Settings>>([{ acceptDataLossOf: "base" }, { run: 2, acceptDataLossOf: "base#2" }])(
    "lets a confirmed restore pass without asking a host: %j",
    async (changes) => {
      const asked = remember({ node1: [FINISHED] });
      const { call } = await hooksOf(changes);
      await call("lockHook");
      expect(asked()).toEqual([]);
    },
  );

  test("lets an unconfirmed restore pass that is finished on the cluster, for nothing is restored then", async () => {
    remember({ node2: [FINISHED] });
    await (await hooksOf({})).call("lockHook");
  });

  test.each<[string, RestoreRecord[] | "unreachable"]>([
    ["was started and is not known to have finished", [STARTED]],
    ["is another run", [{ ...FINISHED, run: 2 }]],
    ["is of another snapshot", [{ ...FINISHED, snapshot: "other" }]],
    ["is not known, as no host can be reached", "unreachable"],
  ])("refuses an unconfirmed restore where the one on the cluster %s", async (_, history) => {
    remember({ node1: history, node2: history, node3: history });
    await expect((await hooksOf({})).call("lockHook")).rejects.toThrow("is not confirmed");
  });

  test("refuses nothing in a preview", async () => {
    const asked = remember({});
    await (await hooksOf({}, { preview: true })).call("lockHook");
    expect(asked()).toEqual([]);
  });

  test("names the stack that it was made for, wherever the engine calls it", async () => {
    remember({});
    const { call } = await hooksOf({});
    // The engine calls it from outside the program, where an inline program's stack is not known.
    await pulumi.runtime.setMocks(
      { call: () => ({}), newResource: () => ({ id: "", state: {} }) },
      "another",
      "another",
    );
    await expect(call("lockHook")).rejects.toThrow("--stack test");
  });
});

describe("the hook before the restore", () => {
  test("announces in a preview what will be destroyed", async () => {
    const { call, said } = await hooksOf({}, { preview: true });
    await call("restoreHook");
    expect(said).toEqual([restoreAnnouncement(someSettings(), "test")]);
  });

  test.each([
    { acceptDataLossOf: "base", accepted: false },
    { acceptDataLossOf: "base#2", accepted: true },
  ])(
    "announces what it read of the cluster, with the second run confirmed or not, and keeps it beside the cluster file: %j",
    async ({ acceptDataLossOf, accepted }) => {
      remember({ node1: "unreachable", node2: "unreachable", node3: "unreachable" });
      const folder = tempFolder();
      const { cluster } = someSettings();
      const paths = { path: join(folder, "rancher-cluster.yml"), kubeconfig: join(folder, "kube_config.yml") };
      textFile(paths.path, "nodes: []\n");
      const { call, said, plans } = await hooksOf(
        {
          ...{ run: 2, acceptDataLossOf, readCluster: true },
          cluster: { ...cluster, ...paths, stateFile: join(folder, "rancher-cluster.rkestate") },
          rancher: { ...someSettings().rancher, url: "http://127.0.0.1:1" },
        },
        { preview: true },
      );
      await call("restoreHook");
      const asked = "pulumi config set acceptDataLossOf 'base#2' --stack test";
      expect(said.join().includes(asked)).toBe(!accepted);
      const kept = JSON.parse(readFileSync(join(folder, ".rancher-rollback", "plan.json"), "utf8"));
      expect(kept).toMatchObject({ accepted });
      expect(plans).toEqual([kept]);
    },
  );

  test("announces nothing in an update", async () => {
    const { call, said } = await hooksOf({ acceptDataLossOf: "base" });
    await call("restoreHook");
    expect(said).toEqual([]);
  });

  test("refuses an unconfirmed restore in an update, whatever the cluster remembers", async () => {
    remember({ node1: [FINISHED] });
    const { call, said } = await hooksOf({});
    await expect(call("restoreHook")).rejects.toThrow("is not confirmed");
    expect(said).toEqual([]);
  });
});

describe.each([{ preview: true }, { preview: false }])("the hook before a replacement node, with %j", (mode) => {
  test("refuses a node where the restore is finished, and names how to ask for another", async () => {
    remember({ node1: "unreachable", node3: [FINISHED] });
    const { call } = await hooksOf({ acceptDataLossOf: "base" }, mode);
    await expect(call("nodeHook")).rejects.toThrow(
      /base was restored on this cluster at 2026-11-23T03:10:00Z by ops@laptop, stack prod.* Nothing was done\. .*pulumi config set run 2 --stack test$/,
    );
  });

  test.each<[string, RestoreRecord[] | "unreachable"]>([
    ["no restore", []],
    ["one that is not known to have finished", [STARTED]],
    ["another run", [{ ...FINISHED, run: 2 }]],
    ["nothing, as no host can be reached", "unreachable"],
  ])("lets a node be made where the cluster remembers %s", async (_, history) => {
    remember({ node1: history, node2: history, node3: history });
    await (await hooksOf({}, mode)).call("nodeHook");
  });

  test("asks the etcd hosts that stay, once, and not the new node", async () => {
    const asked = remember({});
    const [one, worker, made] = [someNode(1), someNode(2, ["worker"]), someNode(4)];
    const { call } = await hooksOf(
      {
        cluster: { ...someSettings().cluster, nodes: [one, worker, made] },
        replacements: [
          {
            unresponsive: "node3",
            machine: { kind: "existing", address: made.address },
            planned: { address: made.address },
            node: made,
          },
        ],
      },
      mode,
    );
    await call("nodeHook");
    await call("nodeHook");
    expect(asked()).toEqual(["node1"]);
  });
});

/** Makes `ssh` answer with what each host remembers; a host not named remembers nothing. @returns the hosts asked so far. */
function remember(history: Record<string, RestoreRecord[] | "unreachable">): () => string[] {
  const folder = tempFolder();
  const log = textFile(join(folder, "asked"), "");
  const hosts = [1, 2, 3, 4].map((number) => someNode(number));
  const cases = hosts.map(({ name, address }) => {
    const records = history[name] ?? [];
    const answer =
      records === "unreachable"
        ? `echo 'connect to host ${address}: refused' >&2; exit 255`
        : `printf '%s' '${records.map((record) => `restore ${JSON.stringify(record)}\n`).join("")}'`;
    return `*@${address}) echo ${name} >>'${log}'; cat >/dev/null; ${answer} ;;`;
  });
  program(join(folder, "ssh"), `for word; do case $word in ${cases.join("\n")}\nesac; done`);
  vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
  return () => readFileSync(log, "utf8").split("\n").filter(Boolean);
}

/** The hooks of a preview or an update, as the engine calls them, and what they announce. */
async function hooksOf(changes: Partial<Settings>, { preview = false } = {}) {
  const said: string[] = [];
  const plans: unknown[] = [];
  const made: RestoreHooks[] = [];
  const settings = someSettings(changes);
  await recordResources(
    () => ({}),
    () => {
      const hooks = announceRestore("announcement", settings, (text, plan) => {
        said.push(text);
        if (plan) plans.push(plan);
      });
      made.push(hooks);
      new Destruction("test:index:Destruction", "destruction", {}, { hooks: { beforeCreate: Object.values(hooks) } });
    },
    { preview },
  );
  const [hooks] = made;
  if (!hooks) throw new Error("no hooks were made");
  return {
    said,
    plans,
    call: async (name: keyof RestoreHooks) => await hooks[name].callback({} as pulumi.ResourceHookArgs),
  };
}

class Destruction extends pulumi.CustomResource {}
