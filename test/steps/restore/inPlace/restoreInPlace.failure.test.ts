import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { unfinishedWipe } from "../../../../cluster/rke/unfinishedWipe.ts";
import { stateFolder } from "../../../../cluster/stateFolder/path.ts";
import { breakDocker, dataOf, exchangesOn, removeContainer, runningOn } from "../../../support/etcdDocker.ts";
import { BEFORE, EVERYTHING, expectAsBefore, inPlaceStep } from "../../../support/inPlaceStep.ts";
import type { SnapshotNode } from "../../../support/snapshotNode.ts";
import { failureOf } from "../../../support/steps.ts";

const LET_RKE = expect.objectContaining({ pulumi: "config set restoreWith rke" });

type Step = Awaited<ReturnType<typeof inPlaceStep>>;

/** Does something before the step says a line like this, until what it returns is called. */
function beforeSaying({ tools }: Step, line: RegExp, act: () => void): () => void {
  const { say } = tools;
  tools.say = (said) => {
    if (line.test(said)) act();
    say(said);
  };
  return () => {
    tools.say = say;
  };
}

describe("a restore in place that fails", () => {
  test("because a control plane lacks a container is refused before anything stops", async () => {
    const { nodes, run } = await inPlaceStep();
    removeContainer(nodes[1] as SnapshotNode, "kube-scheduler");
    const { kind, happened, pointOfNoReturn } = await failureOf(run());
    expect([kind, pointOfNoReturn]).toEqual(["refused", { state: "not-reached" }]);
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
    expect(failure).toMatchObject({ kind: "check", pointOfNoReturn: { state: "not-reached" } });
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
    expect(await failureOf(run())).toMatchObject({ kind: "unreachable", pointOfNoReturn: { state: "not-reached" } });
    expectAsBefore(nodes);
  });

  test.each([
    ["etcd does not stop", "stop*etcd"],
    ["etcd does not start with the restored data", "start?etcd"],
  ])("on one host puts the old data back on all: %s", async (_, pattern) => {
    const { nodes, clusterFile, tools, run } = await inPlaceStep();
    breakDocker(nodes[1] as SnapshotNode, pattern);
    const failure = await failureOf(run());
    expect(failure.pointOfNoReturn).toEqual({ state: "not-reached" });
    expect(failure.remedies).toContainEqual(LET_RKE);
    for (const node of nodes) expect([dataOf(node), exchangesOn(node)]).toEqual([BEFORE, []]);
    for (const at of [0, 2]) expect(runningOn(nodes[at] as SnapshotNode)).toEqual(EVERYTHING);
    expect(tools.wipes).toEqual([]);
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
  });

  test("on a host that is gone when etcd is to stop has exchanged nothing anywhere, and says so", async () => {
    const step = await inPlaceStep();
    const { nodes, clusterFile, run } = step;
    const [, , gone] = nodes as [SnapshotNode, SnapshotNode, SnapshotNode];
    const noMore = beforeSaying(step, /^stopping etcd/, () => {
      if (existsSync(gone.bin)) renameSync(gone.bin, `${gone.bin}-gone`);
    });
    const { happened, pointOfNoReturn, remedies, progress } = await failureOf(run());
    expect(pointOfNoReturn).toEqual({ state: "not-reached" });
    expect(happened.at(-1)).toMatch(/^node3 .*; node3 has the data that it had; what runs there may be stopped$/);
    expect(progress).toEqual({ of: "in-place", data: "not-exchanged", hosts: ["node1", "node2"] });
    expect(remedies).toContainEqual(LET_RKE);
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
    for (const node of nodes) expect(dataOf(node)).toBe(BEFORE);
    noMore();
    renameSync(`${gone.bin}-gone`, gone.bin);
    expect(await run()).toMatchObject({ way: "in-place" });
    for (const node of nodes) expect(runningOn(node)).toEqual(EVERYTHING);
  });

  test("since this machine cannot write down that it begins has started everything again", async () => {
    const step = await inPlaceStep();
    const folder = dirname(stateFolder(step.clusterFile, "restore.json"));
    beforeSaying(step, /^stopping etcd/, () => {
      rmSync(folder, { recursive: true, force: true });
      writeFileSync(folder, "no folder any more");
    });
    const { kind, happened, pointOfNoReturn } = await failureOf(step.run());
    expect([kind, pointOfNoReturn]).toEqual(["system", { state: "not-reached" }]);
    expect(happened[0]).toMatch(/^on this machine: E[A-Z]+: /);
    expectAsBefore(step.nodes);
  });

  test("since the note of earlier restores has become unreadable has started everything again, and knows no more", async () => {
    const step = await inPlaceStep();
    const unreadable = stateFolder(step.clusterFile, "restore.json");
    beforeSaying(step, /^stopping etcd/, () => writeFileSync(unreadable, "{"));
    const { happened, pointOfNoReturn } = await failureOf(step.run());
    expect(happened[0]).toContain("the note of earlier restores");
    expect(pointOfNoReturn).toEqual({ state: "unknown", unreadable });
    expectAsBefore(step.nodes);
  });

  test.each([
    ["before the restored data are proven has put the old ones back", /^starting etcd on/, BEFORE],
    ["once they are proven keeps them", /^starting the control planes/, undefined],
  ])("since this machine fails %s", async (_, at, data) => {
    const step = await inPlaceStep();
    const { nodes, run } = step;
    const noMore = beforeSaying(step, at, () => {
      noMore();
      throw Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
    });
    const { kind, happened, pointOfNoReturn } = await failureOf(run());
    expect([kind, pointOfNoReturn.state]).toEqual(["system", data === undefined ? "passed" : "not-reached"]);
    expect(happened[0]).toBe("on this machine: EMFILE: too many open files");
    if (data !== undefined) expectAsBefore(nodes);
    else expect(await run()).toMatchObject({ adopted: true });
    for (const node of nodes) expect(runningOn(node)).toEqual(EVERYTHING);
  });

  test("since this machine fails, and fails to put the old data back, says so of every host", async () => {
    const step = await inPlaceStep();
    const { nodes, run } = step;
    const noMore = beforeSaying(step, /^(?:starting etcd on|putting the old)/, () => {
      throw new Error("EPIPE: broken pipe");
    });
    const { happened, pointOfNoReturn } = await failureOf(run());
    expect(pointOfNoReturn.state).toBe("passed");
    expect(happened.slice(-3)).toEqual(
      ["node1", "node2", "node3"].map((name) => expect.stringMatching(`^${name} was not put back: EPIPE.*/old$`)),
    );
    noMore();
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
    expect(pointOfNoReturn).toEqual({ state: "not-reached" });
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
    expect([kind, pointOfNoReturn]).toEqual(["check", { state: "not-reached" }]);
    expect(happened[0]).toMatch(/^etcd on node3 is of the cluster 1111, not of \d+$/);
    for (const node of nodes) expect(dataOf(node)).toBe(BEFORE);
  });

  test("since etcd ends again and again with the restored data does not wait for it", async () => {
    const { nodes, run } = await inPlaceStep();
    const flag = `case $1 in */new/member) : >"$here/crashing" ;; */old/member) rm -f "$here/crashing" ;; esac`;
    nodes[2]?.program("mv", `${flag}; exec /bin/mv "$@"`);
    const { happened, pointOfNoReturn } = await failureOf(run());
    expect(happened[0]).toMatch(/^node3 .*: etcd keeps exiting: panic: invalid database$/);
    expect(pointOfNoReturn).toEqual({ state: "not-reached" });
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
    expect(await failureOf(run())).toMatchObject({ kind: "locked", pointOfNoReturn: { state: "not-reached" } });
    expectAsBefore(nodes);
  });
});
