import { expect, test } from "vitest";
import { readPlan } from "../../plan/readPlan.ts";
import type { Settings } from "../../settings/settings.ts";
import { snapshotBytes } from "../support/snapshot.ts";
import { putOnAll, snapshotHosts, someKeys } from "../support/snapshotHosts.ts";

/** Of a preview of three hosts with the snapshot, the second of which has a full disk. */
async function failedRoom(restoreWith: Settings["restoreWith"]) {
  const { hosts, settings } = snapshotHosts({ opened: someKeys(), live: someKeys() });
  putOnAll(hosts, "base", snapshotBytes());
  hosts[1]?.program("df", "echo Filesystem; echo /dev/sda1 2000000 1900000 100000 95% /");
  const rancher = { ...settings.rancher, url: "http://127.0.0.1:1" };
  const { failedChecks } = await readPlan({ ...settings, readCluster: true, rancher, restoreWith });
  return failedChecks.filter(({ check }) => check === "room");
}

test("the preview says where RKE's restore has no room", async () => {
  expect(await failedRoom("rke")).toMatchObject([
    { of: "node2", message: expect.stringMatching(/^node2: RKE's restore needs 192 MiB in .* there are 97 MiB free/) },
  ]);
});

test("the preview asks for no room for RKE's restore where the way is another", async () => {
  expect(await failedRoom("in-place")).toEqual([]);
});
