import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { planFile } from "../../cluster/stateFolder/path.ts";
import { announceRestore, type RestoreHooks } from "../../components/announcement.ts";
import { RancherRollback } from "../../components/rancherRollback.ts";
import { planSchema, type RollbackPlan } from "../../plan/plan.ts";
import type { Settings } from "../../settings/settings.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { tempFolder } from "../support/folder.ts";
import { recordResources } from "../support/recordingMonitor.ts";
import { someSettings } from "../support/settings.ts";

describe("a preview", () => {
  test("announces the plan, and leaves it beside the cluster file", async () => {
    const { plans, hooks, settings } = await hooksOf({}, { preview: true });
    await call(hooks.restoreHook);
    expect(plans).toHaveLength(1);
    expect(plans[0]).toMatchObject({ snapshot: { name: "base" }, accepted: false, notRead: "readCluster is false" });
    expect(planSchema.parse(JSON.parse(readFileSync(planFile(settings.cluster.path), "utf8")))).toEqual(plans[0]);
  });

  test("needs no confirmation", async () => {
    const { hooks } = await hooksOf({}, { preview: true });
    await expect(call(hooks.lockHook)).resolves.toBeUndefined();
  });

  test("of the second run of a snapshot is not confirmed by the word for the first", async () => {
    for (const [acceptDataLossOf, accepted] of [
      ["base", false],
      ["base#2", true],
    ] as const) {
      const { plans, hooks } = await hooksOf({ run: 2, acceptDataLossOf }, { preview: true });
      await call(hooks.restoreHook);
      expect(plans[0]).toMatchObject({ accepted });
    }
  });
});

describe("an update", () => {
  test("without confirmation is refused before the lock, with the command for the stack it was made for", async () => {
    const { plans, hooks } = await hooksOf();
    // The engine calls a hook from outside the program, where an inline program's stack is not known.
    await pulumi.runtime.setMocks(
      { call: () => ({}), newResource: () => ({ id: "", state: {} }) },
      "another",
      "another",
    );
    const refusal =
      /acceptDataLossOf is not set\. Nothing was done.*pulumi config set acceptDataLossOf base --stack test$/;
    await expect(call(hooks.lockHook)).rejects.toThrow(refusal);
    await expect(call(hooks.restoreHook)).rejects.toThrow(refusal);
    expect(plans).toEqual([]);
  });

  test("is refused when it confirms another restore", async () => {
    const { hooks } = await hooksOf({ acceptDataLossOf: "other" });
    await expect(call(hooks.lockHook)).rejects.toThrow("acceptDataLossOf is other");
  });

  test("with confirmation goes on and announces nothing more", async () => {
    const { plans, hooks } = await hooksOf({ acceptDataLossOf: "base" });
    await call(hooks.lockHook);
    await call(hooks.restoreHook);
    expect(plans).toEqual([]);
  });
});

test("the lock, which is taken first, and the restore have hooks, and nothing else has", async () => {
  const { resources, hooks } = await recordResources(
    () => ({}),
    () => new RancherRollback("rollback", { settings: someSettings(), announce: () => {} }),
    { preview: true },
  );
  const hooked = [...resources.values()].flatMap(({ name, beforeCreateHooks }) =>
    beforeCreateHooks.map((hook) => [name, hook]),
  );
  expect(hooked).toEqual([
    ["lock", "announcement-lock"],
    ["etcd-restore", "announcement-restore"],
  ]);
  expect(hooks).toEqual(expect.arrayContaining(["announcement-lock", "announcement-restore"]));
});

/** The hooks for a cluster that is not read and has no hosts to ask, and what they announce. */
async function hooksOf(changes: Partial<Settings> = {}, { preview = false } = {}) {
  const plans: RollbackPlan[] = [];
  const { cluster } = someSettings();
  const path = clusterFileIn(tempFolder());
  const settings = someSettings({ readCluster: false, cluster: { ...cluster, path, nodes: [] }, ...changes });
  let hooks: RestoreHooks | undefined;
  await recordResources(
    () => ({}),
    () => {
      hooks = announceRestore("announcement", settings, (plan) => plans.push(plan));
    },
    { preview },
  );
  return { plans, settings, hooks: hooks as RestoreHooks };
}

async function call(hook: pulumi.ResourceHook): Promise<void> {
  await hook.callback({} as pulumi.ResourceHookArgs);
}
