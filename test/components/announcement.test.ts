import { expect, test } from "vitest";
import { restoreAnnouncement } from "../../components/announcement.ts";
import { RancherRollback } from "../../components/rancherRollback.ts";
import { recordResources } from "../support/recordingMonitor.ts";
import { someSettings } from "../support/settings.ts";

test("the announcement names what is lost, the snapshot, the cluster, every node and the point of no return", () => {
  const text = restoreAnnouncement(someSettings(), true);
  expect(text).toContain("WILL DESTROY DATA (nothing is done yet)");
  expect(text).toContain("every change made to this cluster since that snapshot");
  for (const word of ["base", "prod", "/clusters/rancher-cluster.yml", "node1", "198.18.0.12", "node3"]) {
    expect(text).toContain(word);
  }
  expect(text).toContain("cattle-system/cattle is set to rancher/rancher:v2.5.8");
  expect(text).toContain("Cleaning old kubernetes cluster");
});

test("the announcement of an update says that it destroys now", () => {
  expect(restoreAnnouncement(someSettings(), false)).toContain("DESTROYS DATA NOW");
});

test("the announcement says what is to be typed before the update, until it is typed", () => {
  const asks = "not confirmed    before `pulumi up`: pulumi config set --stack stack acceptDataLossOf base";
  expect(restoreAnnouncement(someSettings(), true)).toContain(asks);
  expect(restoreAnnouncement(someSettings({ acceptDataLossOf: "other" }), true)).toContain(asks);
  expect(restoreAnnouncement(someSettings({ acceptDataLossOf: "base" }), true)).not.toContain("not confirmed");
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
