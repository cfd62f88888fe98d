import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { announceRestore, restoreAnnouncement } from "../../components/announcement.ts";
import { RancherRollback } from "../../components/rancherRollback.ts";
import type { Settings } from "../../settings/settings.ts";
import { recordResources } from "../support/recordingMonitor.ts";
import { someSettings } from "../support/settings.ts";

test("the announcement names what is lost, the snapshot, the cluster, every node and the point of no return", () => {
  const text = restoreAnnouncement(someSettings(), "prod", true);
  expect(text).toContain("WILL DESTROY DATA (nothing is done yet)");
  expect(text).toContain("every change made to this cluster since that snapshot");
  for (const word of ["base", "prod", "/clusters/rancher-cluster.yml", "node1", "198.18.0.12", "node3"]) {
    expect(text).toContain(word);
  }
  expect(text).toContain("cattle-system/cattle is set to rancher/rancher:v2.5.8");
  expect(text).toContain("Cleaning old kubernetes cluster");
});

test("the announcement of an update says that it destroys now", () => {
  expect(restoreAnnouncement(someSettings(), "prod", false)).toContain("DESTROYS DATA NOW");
});

test("the announcement says what is to be typed before the update, until it is typed", () => {
  const asks = "not confirmed    before `pulumi up`: pulumi config set --stack prod acceptDataLossOf base";
  expect(restoreAnnouncement(someSettings(), "prod", true)).toContain(asks);
  expect(restoreAnnouncement(someSettings({ acceptDataLossOf: "other" }), "prod", true)).toContain(asks);
  expect(restoreAnnouncement(someSettings({ acceptDataLossOf: "base" }), "prod", true)).not.toContain("not confirmed");
});

test("without the operator's word the hook refuses, and names the stack it was made for wherever the engine calls it", async () => {
  const { said, hook } = await hookOf({ readCluster: false });
  // The engine calls it from outside the program, where an inline program's stack is not known.
  await pulumi.runtime.setMocks({ call: () => ({}), newResource: () => ({ id: "", state: {} }) }, "another", "another");
  await expect(hook.callback({} as pulumi.ResourceHookArgs)).rejects.toThrow(
    "type: pulumi config set --stack test acceptDataLossOf base",
  );
  expect(said.join()).toContain("pulumi config set --stack test acceptDataLossOf base");
});

test("the hook of an update says that data is destroyed now only with the operator's word for this snapshot", async () => {
  const accepted = await hookOf({ readCluster: false, acceptDataLossOf: "base" });
  await accepted.hook.callback({} as pulumi.ResourceHookArgs);
  expect(accepted.said.join()).toContain("THIS ROLLBACK DESTROYS DATA NOW");
  const refused = await hookOf({ readCluster: false, acceptDataLossOf: "other" });
  await expect(refused.hook.callback({} as pulumi.ResourceHookArgs)).rejects.toThrow("acceptDataLossOf is other");
  expect(refused.said.join()).toContain("WILL DESTROY DATA (nothing is done yet)");
  expect(refused.said.join()).not.toContain("DESTROYS DATA NOW");
});

test("the lock, which is taken first, and the restore carry the announcement, and nothing else does", async () => {
  const { resources, hooks } = await recordResources(
    (_type, name, inputs) => ({ ...inputs, stdout: JSON.stringify({ finishedAt: name }) }),
    () => new RancherRollback("rollback", { settings: someSettings(), announce: () => {} }),
  );
  const announced = [...resources.values()].filter(({ beforeCreateHooks }) => beforeCreateHooks.length > 0);
  expect(announced.map(({ name }) => name)).toEqual(["lock", "etcd-restore"]);
  expect(hooks).toEqual(["announcement"]);
});

/** The hook of an update, and what it announces. */
async function hookOf(changes: Partial<Settings>): Promise<{ said: string[]; hook: pulumi.ResourceHook }> {
  const said: string[] = [];
  const hooks: pulumi.ResourceHook[] = [];
  await recordResources(
    () => ({}),
    () => {
      const hook = announceRestore("announcement", someSettings(changes), (text) => said.push(text));
      hooks.push(hook);
      new Destruction("test:index:Destruction", "destruction", {}, { hooks: { beforeCreate: [hook] } });
    },
  );
  const [hook] = hooks;
  if (!hook) throw new Error("no hook was made");
  return { said, hook };
}

class Destruction extends pulumi.CustomResource {}
