import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RestoreRecord } from "../../cluster/history/restores.ts";
import { holderName } from "../../cluster/operator.ts";
import { restoreBegins } from "../../cluster/rke/unfinishedWipe.ts";
import { repetition } from "../../messages/repetition.ts";
import { readPlan } from "../../plan/readPlan.ts";
import { readGuard } from "../../plan/restoreGuard.ts";
import { repetitionProblems } from "../../plan/restoring.ts";
import type { Settings } from "../../settings/settings.ts";
import { textFile } from "../support/folder.ts";
import { containersOf, foldersOf } from "../support/openedDocker.ts";
import { finishedRecord, remember, restoreRecord, wipedAndUnfinished } from "../support/restores.ts";
import { snapshotBytes } from "../support/snapshot.ts";
import { putOnAll, rancherKey, snapshotHosts, someKeys } from "../support/snapshotHosts.ts";
import type { SnapshotNode } from "../support/snapshotNode.ts";
import { ago } from "../support/time.ts";

const SHOP = rancherKey("clusters/c-1", 5, {
  spec: { displayName: "shop", rancherKubernetesEngineConfig: { kubernetesVersion: "v1.20.15-rancher2-2" } },
  status: { driver: "rancherKubernetesEngine" },
});
const POOL_NODE = rancherKey("nodes/c-1/m-1", 15, { spec: { requestedHostname: "shop-1", nodePoolName: "c-1:np-1" } });
const BEGUN = restoreRecord();
const LONG_AGO = restoreRecord({ startedAt: ago(25 * 3600) });

/** Three hosts with the snapshot, since which a node of a pool was added to the cluster shop. */
function shopHosts(asked: Parameters<typeof snapshotHosts>[0] = {}) {
  const opened = [...someKeys(), SHOP];
  const world = snapshotHosts({ opened, live: [...opened, POOL_NODE], ...asked });
  putOnAll(world.hosts, "base", snapshotBytes());
  return world;
}

/** The same settings for a preview that reads the cluster, whose Rancher does not answer. */
const previewed = (settings: Settings): Settings => ({
  ...{ ...settings, readCluster: true },
  rancher: { ...settings.rancher, url: "http://127.0.0.1:1" },
});

const wasOpened = (hosts: SnapshotNode[]) =>
  hosts.some(({ argv }) => argv.some((line) => line.includes("etcdctl get")));

describe("the guard of a restore", () => {
  test("reads the downstream clusters again, whatever a preview may read, and leaves nothing on the hosts", async () => {
    const { settings, hosts } = shopHosts();
    expect(settings.readCluster).toBe(false);
    expect(await readGuard(settings)).toEqual({
      way: "rke",
      problems: [
        {
          ...{ check: "downstream-cluster", of: "c-1" },
          message: "downstream cluster shop (c-1) can lose data: nodes of a pool added (shop-1)",
          remedy: expect.objectContaining({ pulumi: "config set --path 'acceptHazardsOf[0]' shop@base" }),
        },
      ],
      warnings: [],
    });
    expect(wasOpened(hosts)).toBe(true);
    for (const host of hosts) {
      expect([containersOf(host).filter((name) => name !== "rancher-rollback-opened-0"), foldersOf(host)]).toEqual([
        [],
        [],
      ]);
    }
  });

  test("lets a restore pass whose hazards are accepted by name", async () => {
    const { settings } = shopHosts();
    expect(await readGuard({ ...settings, acceptHazardsOf: ["shop@base"] })).toMatchObject({
      problems: [],
      warnings: [],
    });
  });

  test("opens nothing where the hosts remember a finished restore, which is not done again", async () => {
    const { settings, hosts } = shopHosts();
    remember(hosts, finishedRecord());
    expect(await readGuard(settings)).toEqual({ problems: [], warnings: [] });
    expect(wasOpened(hosts)).toBe(false);
  });

  test("leaves a finished restore to the preview of a run that takes the lock, unless its end was not noted", () => {
    const { settings } = shopHosts();
    const failed = (...records: RestoreRecord[]) =>
      repetitionProblems(settings, { records, hosts: [], decision: undefined });
    const refusal = [{ check: "restored-before", ...repetition(finishedRecord()) }];
    expect([failed(finishedRecord()), failed(BEGUN)]).toEqual([refusal, []]);
    wipedAndUnfinished(settings.cluster.path, ago(600));
    expect(failed(finishedRecord({ holder: holderName() }))).toEqual([]);
    // Another machine has finished it.
    expect(failed(finishedRecord())).toEqual(refusal);
    // What is unfinished is another one.
    expect(failed(finishedRecord(), restoreRecord({ snapshot: "other", number: 2 }))).toEqual(refusal);
  });

  test("asks for no downstream cluster again where the hosts remember RKE's own restore, which may have wiped", async () => {
    const { settings, hosts } = shopHosts();
    remember(hosts, BEGUN);
    expect(await readGuard(settings)).toEqual({ problems: [], warnings: [] });
    for (const { root } of hosts) textFile(join(root, "broken"), "run*restore*\n");
    expect(await readGuard(settings)).toEqual({ problems: [], warnings: [] });
  });

  test("refuses another Rancher than the snapshot holds also where the restore has begun, as the preview does", async () => {
    const { settings, hosts } = shopHosts();
    remember(hosts, BEGUN);
    const rancher = { ...settings.rancher, version: "v2.6.0", image: "rancher/rancher:v2.6.0" };
    const { problems } = await readGuard({ ...settings, rancher });
    expect(problems).toMatchObject([{ message: "base holds Rancher v2.5.8, but rancherVersion is v2.6.0" }]);
    expect((await readPlan(previewed({ ...settings, rancher }))).failedChecks).toContainEqual(problems[0]);
  });

  test.each<[string, RestoreRecord]>([
    ["another run", { ...BEGUN, run: 2 }],
    ["another snapshot", { ...BEGUN, snapshot: "other" }],
    ["a restore in place that has left nothing", { ...BEGUN, inPlace: { id: "rollback-1" } }],
  ])("refuses where the hosts remember %s", async (_, record) => {
    const { settings, hosts } = shopHosts();
    remember(hosts, record);
    expect((await readGuard(settings)).problems).toHaveLength(1);
  });

  test("warns and refuses nothing where the snapshot cannot be opened, where etcd does not answer, or no host", async () => {
    const unchecked = (why: string) => [{ kind: "downstream-not-checked", why }];
    const broken = shopHosts();
    for (const { root } of broken.hosts) textFile(join(root, "broken"), "run*restore*\n");
    expect(await readGuard(broken.settings)).toMatchObject({
      problems: [],
      warnings: unchecked("node1: etcd cannot restore base: no luck with run"),
    });
    const silent = shopHosts();
    for (const { root } of silent.hosts) textFile(join(root, "broken"), "exec*:2379?etcd?etcdctl*\n");
    expect(await readGuard(silent.settings)).toMatchObject({
      problems: [],
      warnings: unchecked("etcd cannot be read: no luck with exec"),
    });
    const { settings } = shopHosts({ reachable: [] });
    expect(await readGuard(settings)).toMatchObject({
      problems: [],
      warnings: unchecked("the snapshot is on no etcd host yet"),
    });
  });

  test("refuses what may have wiped a day ago and did not finish, as the preview does, and opens nothing", async () => {
    const { settings, hosts } = shopHosts();
    remember(hosts.slice(2), LONG_AGO);
    const { problems, warnings } = await readGuard(settings);
    expect({ problems, warnings }).toEqual({
      problems: [
        {
          check: "consent",
          message: expect.stringMatching(/^base began on this cluster at .* its confirmation was good for 24 hours$/),
          remedy: expect.objectContaining({ pulumi: "config set run 2" }),
        },
      ],
      warnings: [],
    });
    expect(wasOpened(hosts)).toBe(false);
    expect((await readPlan(previewed(settings))).failedChecks).toContainEqual(problems[0]);
  });

  test("lets pass what an RKE that was left running has finished a day ago, as the preview does: it is adopted", async () => {
    const { settings, hosts } = shopHosts();
    remember(hosts, LONG_AGO);
    const log = [
      ...['msg="Cleaning old kubernetes cluster"', 'msg="[hosts] Cleaning up host [198.18.0.11]"'],
      'msg="Finished restoring snapshot [base] on all etcd hosts"',
    ].map((line) => `time="${LONG_AGO.startedAt}" level=info ${line}\n`);
    const path = textFile(join(settings.cluster.path, "../.rancher-rollback/logs/restore.log"), log.join(""));
    restoreBegins(settings.cluster.path, { since: ago(24.9 * 3600), log: path, hosts: [] });
    expect(await readGuard(settings)).toEqual({ problems: [], warnings: [] });
    expect(JSON.stringify((await readPlan(previewed(settings))).failedChecks)).not.toContain("good for 24 hours");
  });

  test("refuses where the note of earlier restores cannot be read, as the preview does", async () => {
    const { settings, hosts } = shopHosts();
    textFile(join(settings.cluster.path, "../.rancher-rollback/restore.json"), "{");
    const { problems } = await readGuard(settings);
    expect(problems).toEqual([
      { message: expect.stringContaining("may have wiped this cluster"), remedy: expect.stringContaining("rm ") },
    ]);
    expect(wasOpened(hosts)).toBe(false);
    const { failedChecks } = await readPlan(previewed(settings));
    expect(failedChecks).toContainEqual({ check: "earlier-restores", ...problems[0] });
  });

  test("refuses another Rancher than the snapshot holds, as the preview does, unless it is set twice", async () => {
    const { settings } = shopHosts();
    const rancher = { ...settings.rancher, version: "v2.6.0", image: "rancher/rancher:v2.6.0" };
    const asked = { ...settings, rancher, acceptHazardsOf: ["shop@base"] };
    expect(await readGuard(asked)).toMatchObject({
      problems: [
        {
          message: "base holds Rancher v2.5.8, but rancherVersion is v2.6.0",
          remedy: expect.objectContaining({ pulumi: "config set acceptRancherVersion v2.6.0" }),
        },
      ],
      warnings: [],
    });
    expect(await readGuard({ ...asked, acceptRancherVersion: "v2.6.0" })).toMatchObject({ problems: [], warnings: [] });
  });

  test("refuses by what the preview has as a failed check, which is none where the restore has begun", async () => {
    const { settings, hosts } = shopHosts();
    const [problem] = (await readGuard(settings)).problems;
    expect((await readPlan(previewed(settings))).failedChecks).toContainEqual(problem);
    remember(hosts, BEGUN);
    const begun = await readPlan(previewed(settings));
    expect(begun.failedChecks).not.toContainEqual(problem);
    expect(begun.downstream?.clusters).toMatchObject([{ hazards: [{ hazard: "pool-nodes-added" }] }]);
  });

  test("warns where it fails itself", async () => {
    const { settings } = shopHosts();
    const { warnings, problems } = await readGuard({ ...settings, replacements: undefined as never });
    expect([problems, warnings]).toEqual([[], [{ kind: "downstream-not-checked", why: expect.any(String) }]]);
  });
});
