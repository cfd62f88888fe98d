import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { stateFolder } from "../../../cluster/stateFolder/path.ts";
import { unfinishedWipe } from "../../../cluster/stateFolder/unfinishedRestore.ts";
import {
  breakDocker,
  CONTAINERS,
  dataOf,
  exchangesOn,
  leftExchange,
  OLD_CLUSTER,
  putData,
  removeContainer,
  restoredData,
  runningOn,
  transactionsOn,
} from "../../support/etcdDocker.ts";
import { inPlaceStep } from "../../support/inPlaceStep.ts";
import { proof } from "../../support/restoreStep.ts";
import { rememberedBy } from "../../support/restores.ts";
import { snapshotBytes } from "../../support/snapshot.ts";
import type { SnapshotNode } from "../../support/snapshotNode.ts";
import { failureOf } from "../../support/steps.ts";
import { ago } from "../../support/time.ts";

const BEFORE = `${OLD_CLUSTER} 20 99`;
const LET_RKE = expect.objectContaining({ pulumi: "config set restoreWith rke" });
const EVERYTHING = CONTAINERS.toSorted();
const RESTARTS_KUBE_PROXY = /^docker restart .*kube-proxy$/;
const ID_FORM = /^rollback-\d{8}T\d{6}Z-[0-9a-f]{6}$/;

/** Everything runs on the old data, and nothing of an exchange is left. */
function expectAsBefore(nodes: SnapshotNode[]): void {
  for (const node of nodes) {
    expect([dataOf(node), exchangesOn(node), runningOn(node)]).toEqual([BEFORE, [], EVERYTHING]);
  }
}

describe("a restore in place", { timeout: 60_000 }, () => {
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

  test("notes of the old data what they are proven by when they go back, and how many members they have", async () => {
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

describe("a restore in place of a snapshot that was proven long ago", { timeout: 60_000 }, () => {
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

describe("a restore in place that fails", { timeout: 60_000 }, () => {
  test("because a control plane lacks a container is refused before anything stops", async () => {
    const { nodes, run } = await inPlaceStep();
    removeContainer(nodes[1] as SnapshotNode, "kube-scheduler");
    const { kind, happened, pointOfNoReturn } = await failureOf(run());
    expect([kind, pointOfNoReturn]).toEqual(["refused", { state: "not reached" }]);
    expect(happened).toEqual(["etcd cannot be restored in place: node2: there is no container kube-scheduler"]);
    for (const node of nodes) expect([dataOf(node), exchangesOn(node)]).toEqual([BEFORE, []]);
  });

  test("to start one control plane has started kubelet everywhere, for the API serves the restored data", async () => {
    const { nodes, run } = await inPlaceStep();
    breakDocker(nodes[1] as SnapshotNode, "start?kube-apiserver*");
    expect(await failureOf(run())).toMatchObject({ kind: "kubernetes", pointOfNoReturn: { state: "passed" } });
    for (const node of nodes) expect(runningOn(node)).toContain("kubelet");
  });

  test.each([
    [
      "the snapshot cannot be restored",
      "*snapshot?restore*--data-dir?/exchange*",
      /node2: etcd cannot restore base: no luck/,
    ],
    ["what was restored cannot be read", "*snapshot?status?/exchange*", /node2: etcd cannot read what it restored/],
  ])("before anything stops has changed nothing: %s", async (_, pattern, message) => {
    const { nodes, run, clusterFile } = await inPlaceStep();
    breakDocker(nodes[1] as SnapshotNode, pattern);
    const failure = await failureOf(run());
    expect(failure).toMatchObject({ kind: "check", pointOfNoReturn: { state: "not reached" } });
    expect(failure.remedies).toContainEqual(LET_RKE);
    expect(failure.happened).toEqual([expect.stringMatching(message)]);
    expectAsBefore(nodes);
    for (const { argv } of nodes) expect(argv.filter((line) => line.includes("docker stop"))).toEqual([]);
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
  });

  test("because a host has restored other data has stopped nothing", async () => {
    const { nodes, run } = await inPlaceStep();
    nodes[2]?.program("clusterid", "echo 1 7 4243 '#'");
    expect((await failureOf(run())).happened).toEqual([
      expect.stringMatching(
        /^the etcd hosts have restored different data: node1 revision 7, hash 4242; .*node3 revision 7, hash 4243/,
      ),
    ]);
    expectAsBefore(nodes);
  });

  test("to stop a writer runs everything again", async () => {
    const { nodes, run } = await inPlaceStep();
    breakDocker(nodes[1] as SnapshotNode, "stop*kube-apiserver*");
    expect(await failureOf(run())).toMatchObject({ kind: "unreachable", pointOfNoReturn: { state: "not reached" } });
    expectAsBefore(nodes);
  });

  test.each([
    ["etcd does not stop", "stop*etcd"],
    ["etcd does not start with the restored data", "start?etcd"],
  ])("on one host puts the old data back on all: %s", async (_, pattern) => {
    const { nodes, clusterFile, tools, run } = await inPlaceStep();
    breakDocker(nodes[1] as SnapshotNode, pattern);
    const failure = await failureOf(run());
    expect(failure.pointOfNoReturn).toEqual({ state: "not reached" });
    expect(failure.remedies).toContainEqual(LET_RKE);
    for (const node of nodes) expect([dataOf(node), exchangesOn(node)]).toEqual([BEFORE, []]);
    for (const at of [0, 2]) expect(runningOn(nodes[at] as SnapshotNode)).toEqual(EVERYTHING);
    expect(tools.wipes).toEqual([]);
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
  });

  test("on a host that is gone when etcd is to stop has exchanged nothing anywhere, and says so", async () => {
    const { nodes, clusterFile, tools, run } = await inPlaceStep();
    const [, , gone] = nodes as [SnapshotNode, SnapshotNode, SnapshotNode];
    const { say } = tools;
    tools.say = (line) => {
      if (line.startsWith("stopping etcd") && existsSync(gone.bin)) renameSync(gone.bin, `${gone.bin}-gone`);
      say(line);
    };
    const { happened, pointOfNoReturn, remedies, done } = await failureOf(run());
    expect(pointOfNoReturn).toEqual({ state: "not reached" });
    expect(happened.at(-1)).toMatch(/^node3 .*; node3 has the data that it had; what runs there may be stopped$/);
    expect(done).toContain("no data were exchanged");
    expect(remedies).toContainEqual(LET_RKE);
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
    for (const node of nodes) expect(dataOf(node)).toBe(BEFORE);
    tools.say = say;
    renameSync(`${gone.bin}-gone`, gone.bin);
    expect(await run()).toMatchObject({ way: "in-place" });
    for (const node of nodes) expect(runningOn(node)).toEqual(EVERYTHING);
  });

  test("since this machine cannot write down that it begins has started everything again", async () => {
    const { nodes, clusterFile, tools, run } = await inPlaceStep();
    const { say } = tools;
    const folder = dirname(stateFolder(clusterFile, "restore.json"));
    tools.say = (line) => {
      if (line.startsWith("stopping etcd")) {
        rmSync(folder, { recursive: true, force: true });
        writeFileSync(folder, "no folder any more");
      }
      say(line);
    };
    const { kind, happened, pointOfNoReturn } = await failureOf(run());
    expect([kind, pointOfNoReturn]).toEqual(["system", { state: "not reached" }]);
    expect(happened[0]).toMatch(/^on this machine: E[A-Z]+: /);
    expectAsBefore(nodes);
  });

  test.each([
    ["before the restored data are proven has put the old ones back", "starting etcd on", BEFORE],
    ["once they are proven keeps them", "starting the control planes", undefined],
  ])("since this machine fails %s", async (_, at, data) => {
    const { nodes, tools, run } = await inPlaceStep();
    const { say } = tools;
    tools.say = (line) => {
      if (line.startsWith(at)) {
        tools.say = say;
        throw Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
      }
      say(line);
    };
    const { kind, happened, pointOfNoReturn } = await failureOf(run());
    expect([kind, pointOfNoReturn.state]).toEqual(["system", data === undefined ? "passed" : "not reached"]);
    expect(happened[0]).toBe("on this machine: EMFILE: too many open files");
    if (data !== undefined) expectAsBefore(nodes);
    else expect(await run()).toMatchObject({ adopted: true });
    for (const node of nodes) expect(runningOn(node)).toEqual(EVERYTHING);
  });

  test("since this machine fails, and fails to put the old data back, says so of every host", async () => {
    const { nodes, tools, run } = await inPlaceStep();
    const { say } = tools;
    tools.say = (line) => {
      if (/^(?:starting etcd on|putting the old)/.test(line)) throw new Error("EPIPE: broken pipe");
      say(line);
    };
    const { happened, pointOfNoReturn } = await failureOf(run());
    expect(pointOfNoReturn.state).toBe("passed");
    expect(happened.slice(-3)).toEqual(
      ["node1", "node2", "node3"].map((name) => expect.stringMatching(`^${name} was not put back: EPIPE.*/old$`)),
    );
    tools.say = say;
    expect(await run()).toMatchObject({ way: "in-place" });
    for (const node of nodes) expect(runningOn(node)).toEqual(EVERYTHING);
  });

  test("since a host cannot rename puts the old data back on all", async () => {
    const { nodes, run } = await inPlaceStep();
    nodes[1]?.program("mv", `case $* in */old/member) echo "no space" >&2; exit 1 ;; esac; exec /bin/mv "$@"`);
    const { happened, pointOfNoReturn } = await failureOf(run());
    expect(happened).toEqual([
      expect.stringContaining("node2 (10.0.0.2): a command failed with exit code 1: no space"),
      "etcd has its old data again and is healthy on node1, node2, node3",
    ]);
    expect(pointOfNoReturn).toEqual({ state: "not reached" });
    expectAsBefore(nodes);
  });

  test("since etcd serves other data than the restored ones puts the old data back", async () => {
    const { nodes, run } = await inPlaceStep();
    // As a member that was not stopped in time overwrites the others.
    nodes[2]?.program(
      "mv",
      `/bin/mv "$@"; case $1 in */new/member) echo ${BEFORE} >"$here/etcd/member/snap/db" ;; esac`,
    );
    const { kind, happened, pointOfNoReturn } = await failureOf(run());
    expect([kind, pointOfNoReturn]).toEqual(["check", { state: "not reached" }]);
    expect(happened[0]).toMatch(/^etcd on node3 is of the cluster 1111, not of \d+$/);
    for (const node of nodes) expect(dataOf(node)).toBe(BEFORE);
  });

  test("since etcd ends again and again with the restored data does not wait for it", async () => {
    const { nodes, run } = await inPlaceStep();
    const flag = `case $1 in */new/member) : >"$here/crashing" ;; */old/member) rm -f "$here/crashing" ;; esac`;
    nodes[2]?.program("mv", `${flag}; exec /bin/mv "$@"`);
    const { happened, pointOfNoReturn } = await failureOf(run());
    expect(happened[0]).toMatch(/^node3 .*: etcd ends again and again: panic: invalid database$/);
    expect(pointOfNoReturn).toEqual({ state: "not reached" });
    expectAsBefore(nodes);
  });

  test("and a host that does not put them back is named, with where they are", async () => {
    const { nodes, clusterFile, run } = await inPlaceStep();
    breakDocker(nodes[0] as SnapshotNode, "start?etcd");
    nodes[1]?.program("rmdir", "echo frozen >&2; exit 1");
    const { happened, pointOfNoReturn, remedies } = await failureOf(run());
    expect(remedies).not.toContainEqual(LET_RKE);
    expect(pointOfNoReturn).toMatchObject({
      state: "passed",
      oldData: expect.stringContaining(".rancher-rollback/rollback-"),
    });
    expect(happened.at(-1)).toMatch(/^node2 .*node2 may have the restored data; then the old data are in .*\/old$/);
    expect([0, 2].map((at) => dataOf(nodes[at] as SnapshotNode))).toEqual([BEFORE, BEFORE]);
    expect(unfinishedWipe(clusterFile)).toMatchObject({ oldData: expect.any(String) });
  });

  test("once etcd serves the restored data keeps them, and says where the old data are", async () => {
    const { nodes, clusterFile, tools, run } = await inPlaceStep();
    breakDocker(nodes[1] as SnapshotNode, "start?kubelet");
    expect(await failureOf(run())).toMatchObject({
      kind: "kubernetes",
      happened: [expect.stringMatching(/^node2 .*no luck with start$/)],
      pointOfNoReturn: { state: "passed", at: tools.wipes[0], oldData: expect.any(String) },
    });
    for (const node of nodes) expect(dataOf(node)).not.toBe(BEFORE);
    expect(unfinishedWipe(clusterFile)).toMatchObject({ at: tools.wipes[0] });
    breakDocker(nodes[1] as SnapshotNode);
    expect(await run()).toMatchObject({ adopted: true });
    for (const node of nodes) expect(runningOn(node)).toEqual(EVERYTHING);
  });

  test("after the data were laid beside, since somebody else has taken the lock, has stopped nothing", async () => {
    const { nodes, run } = await inPlaceStep();
    const lock = `printf '{"id":"bbbbbbbb","stack":"other"}' >"$here/rancher-rollback/lock"`;
    nodes[2]?.program("chown", `${lock}; exec /bin/chown "$@"`);
    expect(await failureOf(run())).toMatchObject({ kind: "locked", pointOfNoReturn: { state: "not reached" } });
    expectAsBefore(nodes);
  });
});

describe("undo of a restore in place", { timeout: 60_000 }, () => {
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
    expect((await failureOf(first.again({ snapshot: "safety-1" }))).pointOfNoReturn).toEqual({ state: "not reached" });
    for (const node of nodes) {
      expect(dataOf(node)).toBe(restoredData(oldData?.id ?? ""));
      expect(dataOf(node, `.rancher-rollback/${oldData?.id}/old/member`)).toBe(BEFORE);
    }
    breakDocker(nodes[1] as SnapshotNode);
    expect(await first.again({ snapshot: "safety-1" })).toMatchObject({ way: "rename-back" });
    for (const node of nodes) expect(dataOf(node)).toBe(BEFORE);
  });
});
