import { appendFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { removedAddonWarnings } from "../../plan/addons.ts";
import { notOpened } from "../../plan/openedReading.ts";
import { readPlan } from "../../plan/readPlan.ts";
import { readGuard } from "../../plan/restoreGuard.ts";
import { snapshotBytes } from "../support/snapshot.ts";
import { putOnAll, snapshotHosts, someKeys } from "../support/snapshotHosts.ts";

/** Three hosts with the snapshot, and a cluster file with this behind its nodes. */
function clusterWith(addons: string, asked: Parameters<typeof snapshotHosts>[0] = {}) {
  const { settings, hosts } = snapshotHosts(asked);
  putOnAll(hosts, "base", snapshotBytes());
  appendFileSync(settings.cluster.path, addons);
  return settings;
}

const NEWER = "addons: |-\n  spec: {containers: [{image: 'rancher/rancher:v2.6.0'}]}\n";
const CHECK = {
  check: "addons",
  message: expect.stringContaining("has the image rancher/rancher:v2.6.0"),
  remedy: expect.stringContaining("write image: rancher/rancher:v2.5.8 in "),
};

describe("another Rancher in the add-ons of the cluster file", () => {
  test("is a failed check of the preview, also of one that does not read the cluster", async () => {
    const settings = clusterWith(NEWER);
    expect((await readPlan(settings)).failedChecks).toEqual([CHECK]);
    expect((await readPlan({ ...settings, readCluster: true })).failedChecks).toContainEqual(CHECK);
  });

  test("is refused right before the restore, also where nothing else can be read", async () => {
    expect((await readGuard(clusterWith(NEWER))).problems).toEqual([CHECK]);
    expect((await readGuard(clusterWith(NEWER, { reachable: [] }))).problems).toEqual([CHECK]);
  });
});

test("an add-on that RKE deletes in every run is a failed check of the preview, and refused right before the restore", async () => {
  const { rke, ...settings } = clusterWith("addons: |-\n  kind: Namespace\n");
  const version = { major: 1, minor: 3, patch: 12, text: "v1.3.12" };
  const deleted = {
    ...CHECK,
    ...{ message: expect.stringContaining("RKE v1.3.12 deletes what addons in"), remedy: expect.anything() },
  };
  expect((await readPlan({ ...settings, rke: { ...rke, version } })).failedChecks).toEqual([deleted]);
  expect((await readGuard({ ...settings, rke: { ...rke, version } })).problems).toEqual([deleted]);
});

describe("an add-on that is in the snapshot and no longer in the cluster file", () => {
  const jobs = (...names: string[]) => ({
    opened: [
      ...someKeys(),
      ...names.map((name, at) => ({
        key: `/registry/jobs/kube-system/${name}-deploy-job`,
        created: 6 + at,
        modified: 6 + at,
      })),
    ],
  });
  const gone = (key: string, configMap: string) => ({
    check: "addons",
    message: `in base RKE has deployed ${key}, which the cluster file no longer has: its next \`rke up\`, also that of this rollback, deletes all that this add-on has made, such as Rancher and its namespace`,
    remedy: expect.stringMatching(
      new RegExp(`^put ${key} back into the cluster file: .* -n kube-system get configmap ${configMap} -o yaml$`),
    ),
  });
  const INLINE = gone("addons", "rke-user-addon");
  const INCLUDED = gone("addons_include", "rke-user-includes-addons");

  test("is a failed check of the preview that opens it, and refused right before the restore", async () => {
    const settings = clusterWith("", jobs("rke-user-addon", "rke-user-includes-addons", "rke-network-plugin"));
    expect((await readPlan({ ...settings, readCluster: true })).failedChecks).toEqual(
      expect.arrayContaining([INLINE, INCLUDED]),
    );
    expect((await readGuard(settings)).problems).toEqual([INLINE, INCLUDED]);
  });

  test("is a warning where only the cluster as it is now is known to have it", async () => {
    const { settings } = snapshotHosts();
    const deployed = { now: ["addons" as const] };
    const opened = notOpened("no host has the snapshot");
    expect(removedAddonWarnings(settings, opened, { addons: deployed })).toEqual([
      {
        kind: "addon-removed",
        problem: {
          message: expect.stringMatching(/^in the cluster as it is now RKE has deployed addons, which/),
          remedy: INLINE.remedy,
        },
      },
    ]);
    expect(removedAddonWarnings(settings, { ...opened, content: {} }, { addons: deployed })).toEqual([]);
    expect(removedAddonWarnings(settings, opened, { addons: { unknown: "no answer" } })).toEqual([]);
  });

  test("is nothing to refuse where the file still has it, or RKE is one that leaves it alone", async () => {
    const settings = clusterWith("addons: |\n  kind: Namespace\n", jobs("rke-user-addon"));
    expect((await readGuard(settings)).problems).toEqual([]);
    const old = clusterWith("", jobs("rke-user-addon"));
    const version = { major: 1, minor: 0, patch: 16, text: "v1.0.16" };
    expect((await readGuard({ ...old, rke: { ...old.rke, version } })).problems).toEqual([]);
  });
});

test("an add-on whose content is not known is a warning of the preview, and right before the restore", async () => {
  const settings = clusterWith("addons_include: [missing.yml]\n");
  const warning = { kind: "addon-not-read", entry: "missing.yml", image: "rancher/rancher:v2.5.8" };
  const plan = await readPlan(settings);
  expect([plan.failedChecks, plan.warnings]).toEqual([[], expect.arrayContaining([warning])]);
  const { problems, warnings } = await readGuard(settings);
  expect([problems, warnings]).toEqual([[], [warning]]);
});
