import { existsSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test, vi } from "vitest";
import type { RestoreRecord } from "../../cluster/history/restores.ts";
import { planFile } from "../../cluster/stateFolder/path.ts";
import { repetition } from "../../messages/repetition.ts";
import type { Settings } from "../../settings/settings.ts";
import { somePlan } from "../plan/somePlan.ts";
import { textFile } from "../support/folder.ts";
import { someNode, someReplacement, someSettings } from "../support/settings.ts";
import { FINISHED, hooksOf, inFolder, remember } from "./restoreHooks.ts";

const { finishedAt: _, ...STARTED } = FINISHED;
const UNREAD = { kind: "addon-not-read", entry: "./ui.yml", image: "rancher/rancher:v2.5.8" } as const;

describe("the hook before the lock", () => {
  test("refuses an unconfirmed restore in an update", async () => {
    remember({});
    const { call, refused } = await hooksOf({});
    await expect(call("lockHook")).rejects.toThrow(
      /^the restore of base is not confirmed: acceptDataLossOf is not set\. Nothing was done\..*: pulumi config set acceptDataLossOf base --stack test$/,
    );
    expect(refused).toMatchObject([
      { problems: [{ message: "the restore of base is not confirmed: acceptDataLossOf is not set" }] },
    ]);
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

  test("says of the refusal that the history of restores could not be read where no host can be reached, and why", async () => {
    remember({ node1: "unreachable", node2: "unreachable", node3: "unreachable" });
    const refusal = await (await hooksOf({})).call("lockHook").catch((error: Error) => error.message);
    expect(refusal).toMatch(
      /is not confirmed: .* Whether it was done before is not known, as no etcd host could be asked: node1 \(198\.18\.0\.11\): .*; node2 .*; node3 /,
    );
    remember({ node1: "unreachable" });
    await expect((await hooksOf({})).call("lockHook")).rejects.toThrow(
      /Whether it was done before is not certain, as these etcd hosts could not be asked: node1 [^;]*\. Nothing was done\./,
    );
  });

  test("refuses nothing in a preview and announces no destruction, which is the restore's: it may only release a lock", async () => {
    const asked = remember({});
    const settings = inFolder();
    const { call, plans } = await hooksOf(settings, { preview: true });
    await call("lockHook");
    expect([asked(), plans, existsSync(planFile(settings.cluster.path))]).toEqual([[], [], false]);
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

describe("the hooks of a confirmed restore whose downstream clusters can lose data", () => {
  const accepted = { acceptDataLossOf: "base" };
  const remedy = (name: string) => ({ text: "accept it", pulumi: `config set --path 'acceptHazardsOf[0]' ${name}` });
  const problems = ["prod", "test"].map((name) => ({ message: `${name} can lose data`, remedy: remedy(name) }));
  const refusal = [
    "the restore of base is refused; nothing was done:",
    "  prod can lose data",
    "    → accept it: pulumi config set --path 'acceptHazardsOf[0]' prod --stack test",
    "  test can lose data",
    "    → accept it: pulumi config set --path 'acceptHazardsOf[0]' test --stack test",
  ].join("\n");

  test("refuse it before the lock, with what the preview says of each cluster", async () => {
    const { call, refused } = await hooksOf(accepted, { found: { problems } });
    await expect(call("lockHook")).rejects.toThrow(refusal);
    expect(refused).toEqual([{ what: "the restore of base is refused", problems }]);
  });

  test("refuse it before the restore where an earlier update has the lock", async () => {
    const { call } = await hooksOf(accepted, { found: { problems } });
    await expect(call("restoreHook")).rejects.toThrow(refusal);
  });

  test("tell the step that restores how etcd would be restored when the lock was asked for", async () => {
    const { call, way } = await hooksOf({ acceptDataLossOf: "base" }, { found: { way: "in-place" } });
    expect(await way()).toBeUndefined();
    await call("lockHook");
    expect(await way()).toBe("in-place");
  });

  describe("in an update that goes on with the lock of an earlier one", () => {
    const wayAfter = async (way: "in-place" | "rke", changes: Partial<Settings> = {}) => {
      const [folder, plan] = [inFolder(), somePlan()];
      const restore = { way, reasons: [], expectedSeconds: 1 };
      const announced = { ...plan, snapshot: { ...plan.snapshot, name: "base", run: 1 }, restore };
      textFile(planFile(folder.cluster.path), JSON.stringify(announced));
      const settings = { ...accepted, restoreWith: "auto", ...folder, ...changes } as const;
      return await (await hooksOf(settings)).way();
    };

    test("tell it how the last preview has announced it", async () => {
      expect([await wayAfter("in-place"), await wayAfter("rke")]).toEqual(["in-place", "rke"]);
    });

    test("do not take the preview of another restore for it", async () => {
      expect(await wayAfter("in-place", { run: 2, acceptDataLossOf: "base#2" })).toBeUndefined();
      expect(await wayAfter("in-place", { snapshot: "other", acceptDataLossOf: "other" })).toBeUndefined();
    });

    test("let nothing that was previewed before stand against who asks for RKE's own restore", async () => {
      expect(await wayAfter("in-place", { restoreWith: "rke" })).toBeUndefined();
    });
  });

  test("read the clusters once", async () => {
    const { call, guarded } = await hooksOf(accepted);
    await call("lockHook");
    await call("restoreHook");
    expect(guarded()).toBe(1);
  });

  test("ask for the confirmation first", async () => {
    remember({});
    const { call, guarded } = await hooksOf({}, { found: { problems } });
    await expect(call("lockHook")).rejects.toThrow("is not confirmed");
    await expect(call("restoreHook")).rejects.toThrow("is not confirmed");
    expect(guarded()).toBe(0);
  });

  test("refuse nothing where the lock step only releases what a finished restore has left", async () => {
    remember({ node2: [FINISHED] });
    const { call, guarded } = await hooksOf({}, { found: { problems } });
    await call("lockHook");
    expect(guarded()).toBe(0);
  });

  test("read nothing more in a preview, which has them in its plan", async () => {
    const { call, guarded } = await hooksOf({ ...accepted, ...inFolder() }, { preview: true, found: { problems } });
    await call("lockHook");
    await call("restoreHook");
    expect(guarded()).toBe(0);
  });

  test("warn of what could not be checked, as data, and go on", async () => {
    const logged = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    const { call, warned } = await hooksOf(accepted, {
      found: { warnings: [{ kind: "downstream-not-checked", why: "no quorum" }, UNREAD] },
    });
    await call("lockHook");
    expect(warned).toEqual([
      { message: expect.stringMatching(/were not checked, .*: no quorum$/) },
      { message: expect.stringContaining("names ./ui.yml"), remedy: expect.stringContaining("must have the image") },
    ]);
    // In a hook, an inline program's log goes nowhere.
    expect(logged).not.toHaveBeenCalled();
  });
});

describe("the hook before the restore", () => {
  test("announces that the source is not asked where an earlier run has fetched the snapshot, and else what it is", async () => {
    const source = { kind: "file", path: "/backup/base" } as const;
    const folder = inFolder();
    for (const runs of [false, true]) {
      const { call, pull, plans } = await hooksOf({ source, ...folder }, { preview: true });
      if (runs) await pull();
      await call("restoreHook");
      const { source: asked, sourceNotAsked } = plans[0]?.snapshot ?? {};
      expect([asked, sourceNotAsked]).toEqual(runs ? [source.path, undefined] : [undefined, source.path]);
    }
  });

  test("announces the plan in a preview, and leaves it beside the cluster file", async () => {
    const settings = inFolder();
    const { call, plans } = await hooksOf(settings, { preview: true });
    await call("restoreHook");
    expect(plans).toMatchObject([{ notRead: "readCluster is false", snapshot: { name: "base" }, accepted: false }]);
    expect(JSON.parse(readFileSync(planFile(settings.cluster.path), "utf8"))).toEqual(plans[0]);
  });

  test("announces what can be read of a cluster that does not answer", async () => {
    remember({ node1: "unreachable", node2: "unreachable", node3: "unreachable" });
    const { call, plans } = await hooksOf({ readCluster: true, ...inFolder() }, { preview: true });
    await call("restoreHook");
    expect(plans).toMatchObject([{ etcd: { problems: [{ message: "no etcd node is reachable" }] } }]);
    expect(plans[0]?.failedChecks).toHaveLength(3);
  });

  test.each([
    ["that takes the lock, of a restore that is finished, that it is refused", true],
    ["that goes on with its own lock, which may have been cut off after it, no such thing", false],
  ])("announces in a preview of a run %s", async (_, takesLock) => {
    remember({ node1: [FINISHED], node2: [FINISHED], node3: [FINISHED] });
    const { call, plans } = await hooksOf({ readCluster: true, ...inFolder() }, { preview: true });
    if (takesLock) await call("lockHook");
    await call("restoreHook");
    const refused = plans[0]?.failedChecks.filter(({ check }) => check === "restored-before");
    expect(refused).toEqual(takesLock ? [{ check: "restored-before", ...repetition(FINISHED) }] : []);
  });

  test("announces nothing in an update", async () => {
    const { call, plans } = await hooksOf({ acceptDataLossOf: "base" });
    await call("restoreHook");
    expect(plans).toEqual([]);
  });

  test("refuses an unconfirmed restore in an update, whatever the cluster remembers", async () => {
    remember({ node1: [FINISHED] });
    const { call, plans } = await hooksOf({});
    await expect(call("restoreHook")).rejects.toThrow("is not confirmed");
    expect(plans).toEqual([]);
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
    const cluster = { ...someSettings().cluster, nodes: [one, worker, made] };
    const { call } = await hooksOf({ cluster, replacements: [someReplacement(made)] }, mode);
    await call("nodeHook");
    await call("nodeHook");
    expect(asked()).toEqual(["node1"]);
  });
});

test("the hook before a second instance refuses it, with both ways on", async () => {
  const { second, refused } = await hooksOf({});
  await expect(second()).rejects.toThrow(
    "the cluster file has the node node4 at 198.18.0.14 already, and Pulumi knows no instance of that name",
  );
  expect(refused[0]?.problems[0]?.remedy).toContain("give 198.18.0.14 as unresponsive");
});
