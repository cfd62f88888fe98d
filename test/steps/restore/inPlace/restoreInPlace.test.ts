import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { unfinishedWipe } from "../../../../cluster/rke/unfinishedWipe.ts";
import {
  breakDocker,
  dataOf,
  exchangesOn,
  leftExchange,
  OLD_CLUSTER,
  putData,
  restoredData,
  runningOn,
  transactionsOn,
} from "../../../support/etcdDocker.ts";
import { BEFORE, EVERYTHING, expectAsBefore, inPlaceStep } from "../../../support/inPlaceStep.ts";
import { proof } from "../../../support/restoreStep.ts";
import { rememberedBy } from "../../../support/restores.ts";
import { snapshotBytes } from "../../../support/snapshot.ts";
import type { SnapshotNode } from "../../../support/snapshotNode.ts";
import { failureOf } from "../../../support/steps.ts";
import { ago } from "../../../support/time.ts";

const RESTARTS_KUBE_PROXY = /^docker restart .*kube-proxy$/;
const ID_FORM = /^rollback-\d{8}T\d{6}Z-[0-9a-f]{6}$/;

describe("a restore in place", () => {
  test("gives every etcd host the restored data, keeps the old data and runs everything again", async () => {
    const { nodes, tools, ran, run } = await inPlaceStep();
    const report = await run();
    const id = report.oldData?.id ?? "";
    expect(id).toMatch(ID_FORM);
    expect(report).toEqual({
      rke: "v1.8.0",
      way: "in-place",
      reasons: [expect.objectContaining({ kind: "hosts-ready", tool: "etcdctl 3.4.27" })],
      warnings: 0,
      adopted: false,
      bumped: false,
      built: true,
      wipedAt: tools.wipes[0],
      oldData: { id, path: expect.stringContaining(`.rancher-rollback/${id}`), until: expect.any(String) },
      safetyCopy: expect.objectContaining({ name: "safety-1" }),
    });
    for (const node of nodes) {
      expect(dataOf(node)).toBe(restoredData(id));
      expect(dataOf(node, `.rancher-rollback/${id}/old/member`)).toBe(BEFORE);
      expect(readdirSync(join(node.root, "etcd/.rancher-rollback", id)).sort()).toEqual(["about.json", "new", "old"]);
      expect(runningOn(node)).toEqual(EVERYTHING);
      expect(rememberedBy(node)).toMatchObject([{ inPlace: { id }, finishedAt: expect.any(String) }]);
    }
    expect(tools.rancher).toEqual(["stopping"]);
    const phases = ["preparing", "stopping-etcd", "exchanging", "starting-etcd", "starting-control-planes"];
    expect(tools.phases).toEqual(phases);
    expect(ran()).toBe(false);
  });

  test("has restored on every host before anything stops, and stops etcd everywhere before the first is exchanged", async () => {
    const { nodes, tools, run } = await inPlaceStep();
    await run();
    const order = tools.said.map(
      (line) =>
        /^(?:restored beside|stopping kubelet|stopping etcd|exchanging|starting etcd|etcd has the same|starting the control|starting kubelet)/.exec(
          line,
        )?.[0],
    );
    expect(order.filter(Boolean)).toEqual([
      "restored beside",
      "stopping kubelet",
      "stopping etcd",
      "exchanging",
      "starting etcd",
      "etcd has the same",
      "starting the control",
      "starting kubelet",
    ]);
    for (const { argv } of nodes) {
      const at = (text: string) => argv.findIndex((line) => line.includes(text));
      expect(at("snapshot restore")).toBeLessThan(at("docker stop"));
      expect(at("start etcd")).toBeLessThan(at("start kube-apiserver"));
      expect(at("start kube-apiserver")).toBeLessThan(at("start kubelet"));
    }
  });

  test("raises the revisions where etcd's own program can, and restarts nothing that only watches", async () => {
    const raised = await inPlaceStep({}, { bumps: true });
    const { oldData, bumped } = await raised.run();
    expect(bumped).toBe(true);
    for (const node of raised.nodes) {
      expect(node.argv.filter((line) => RESTARTS_KUBE_PROXY.test(line))).toEqual([]);
      expect(node.argv).toContainEqual(expect.stringContaining("--bump-revision 1000000020 --mark-compacted"));
      expect(dataOf(node)).toBe(restoredData(oldData?.id ?? "", 1_000_000_027));
    }
  });

  test("raises the revisions above those of an earlier restore in place, too", async () => {
    const raised = await inPlaceStep({}, { bumps: true });
    await raised.run();
    const { oldData, bumped } = await raised.again({ run: 2 });
    expect(bumped).toBe(true);
    for (const node of raised.nodes) expect(dataOf(node)).toBe(restoredData(oldData?.id ?? "", 2_000_000_034));
  });

  test("raises the same on every host, above the member that is ahead of the others", async () => {
    const raised = await inPlaceStep({}, { bumps: true });
    putData(raised.nodes[1] as SnapshotNode, "member", `${OLD_CLUSTER} 30 99`);
    const { oldData } = await raised.run();
    for (const node of raised.nodes) expect(dataOf(node)).toBe(restoredData(oldData?.id ?? "", 1_000_000_037));
  });

  test("restarts what watches where the revision of an etcd host is not known, which may have served a higher one", async () => {
    const raised = await inPlaceStep({}, { bumps: true });
    rmSync(join((raised.nodes[1] as SnapshotNode).root, "running/etcd"));
    const { oldData, bumped } = await raised.run();
    expect(bumped).toBe(false);
    for (const node of raised.nodes) {
      expect(node.argv).toContainEqual(expect.stringMatching(RESTARTS_KUBE_PROXY));
      expect(dataOf(node)).toBe(restoredData(oldData?.id ?? "", 1_000_000_027));
    }
  });

  test("takes the leader locks of those who stood still away", async () => {
    const { nodes, run } = await inPlaceStep();
    await run();
    const [first = "", ...others] = nodes.map(transactionsOn);
    expect(first).toMatch(/^\n(?:del \/registry\/[a-z/]+\/kube-system\/[a-z-]+\n)+\n\n$/);
    expect(first).toContain("del /registry/leases/kube-system/kube-scheduler\n");
    expect(first).toContain("del /registry/configmaps/kube-system/cattle-controllers\n");
    expect(others).toEqual(["", ""]);
  });

  test("notes of the old data what they are proven by when they are restored, and how many members they have", async () => {
    const { nodes, run } = await inPlaceStep();
    const { oldData } = await run();
    for (const { root } of nodes) {
      const about = readFileSync(join(root, "etcd/.rancher-rollback", oldData?.id ?? "", "about.json"), "utf8");
      expect(JSON.parse(about).before).toEqual({ clusterId: OLD_CLUSTER, revision: "20", members: 3 });
    }
  });

  test("is no unfinished restore any more", async () => {
    const { clusterFile, run } = await inPlaceStep();
    await run();
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
    expect(await run()).toMatchObject({ way: "in-place", adopted: true });
  });

  test("removes what earlier ones have kept once it is old enough, and says so", async () => {
    const { nodes, tools, run } = await inPlaceStep();
    const about = (days: number) => ({ snapshot: "x", run: 1, startedAt: ago(days * 86_400), way: "in-place" });
    for (const node of nodes) {
      leftExchange(node, "rollback-1", about(8), { old: "1 1 1" });
      leftExchange(node, "rollback-2", about(6), { old: "2 2 2" });
    }
    const { oldData } = await run();
    for (const node of nodes) expect(exchangesOn(node)).toEqual(["rollback-2", oldData?.id]);
    expect(tools.said).toContainEqual(expect.stringMatching(/^node1: removing the old data of rollback-1, 8 d old/));
  });
});

describe("a restore in place of a snapshot that was proven long ago", () => {
  const announced = { expectedWay: "in-place", proven: proof(600) } as const;

  test("leaves it to etcd to prove what it restores", async () => {
    const { nodes, tools, run } = await inPlaceStep(announced);
    const { oldData } = await run();
    for (const node of nodes) expect(dataOf(node)).toBe(restoredData(oldData?.id ?? ""));
    expect(tools.said.join("\n")).not.toContain("checking snapshot");
  });

  test("stops nothing where it is another one by now", async () => {
    const { nodes, run } = await inPlaceStep(announced);
    nodes[1]?.put("base", snapshotBytes(100, "another"));
    expect((await failureOf(run())).happened).toEqual([
      expect.stringMatching(/^node2: base is not the snapshot that was proven: its sha256 is \w+, not \w+$/),
    ]);
    expectAsBefore(nodes);
  });

  test("stops nothing where it is gone by now", async () => {
    const { nodes, run } = await inPlaceStep(announced);
    nodes[1]?.remove("../etcd-snapshots/base");
    expect((await failureOf(run())).happened).toEqual([
      expect.stringMatching(/^node2: base is not in .*etcd-snapshots$/),
    ]);
    expectAsBefore(nodes);
  });
});

describe("undo of a restore in place", () => {
  test("renames the old data back, and keeps those that go", async () => {
    const first = await inPlaceStep({}, { bumps: true });
    const { oldData } = await first.run();
    const id = oldData?.id ?? "";
    const { nodes } = first;
    for (const node of nodes) expect(rememberedBy(node)[0]?.safetyCopy?.name).toBe("safety-1");
    const undone = await first.again({ snapshot: "safety-1" });
    expect(undone).toMatchObject({ way: "rename-back", bumped: false });
    for (const node of nodes) {
      expect(dataOf(node)).toBe(BEFORE);
      expect(dataOf(node, `.rancher-rollback/${undone.oldData?.id}/old/member`)).toBe(restoredData(id, 1_000_000_027));
      expect(runningOn(node)).toEqual(EVERYTHING);
      expect(node.argv.filter((line) => line.includes("snapshot restore /"))).toHaveLength(1);
    }
    // What was undone can be had again the same way.
    expect(rememberedBy(nodes[0] as SnapshotNode)).toHaveLength(2);
  });

  test("that fails leaves the old data where they were, for the next one", async () => {
    const first = await inPlaceStep();
    const { oldData } = await first.run();
    const { nodes } = first;
    breakDocker(nodes[1] as SnapshotNode, "start?etcd");
    expect((await failureOf(first.again({ snapshot: "safety-1" }))).pointOfNoReturn).toEqual({ state: "not-reached" });
    for (const node of nodes) {
      expect(dataOf(node)).toBe(restoredData(oldData?.id ?? ""));
      expect(dataOf(node, `.rancher-rollback/${oldData?.id}/old/member`)).toBe(BEFORE);
    }
    breakDocker(nodes[1] as SnapshotNode);
    expect(await first.again({ snapshot: "safety-1" })).toMatchObject({ way: "rename-back" });
    for (const node of nodes) expect(dataOf(node)).toBe(BEFORE);
  });
});
