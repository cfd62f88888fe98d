import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { linesOf } from "../support/fakeRke.ts";
import { program, textFile, until } from "../support/folder.ts";
import { holdFolder } from "../support/holdFolder.ts";
import { DOCKER, HOSTS, isQuiet, LOCK_ID, lockOf, restoreStep, WHOLE } from "../support/restoreStep.ts";
import { rememberedBy } from "../support/restores.ts";
import { failureOf } from "../support/steps.ts";

describe("the restore", () => {
  test("reports RKE's version, when it wiped, its warnings, its log and the way back", async () => {
    const { folder, tools, run } = restoreStep(`wiping; warn slow; restored`);
    expect(await run()).toEqual({
      rke: "v1.8.0",
      way: "rke",
      reasons: [{ kind: "asked-for", restoreWith: "rke" }],
      wipedAt: tools.wipes[0],
      warnings: 1,
      log: expect.stringContaining(join(folder, ".rancher-rollback", "logs")),
      adopted: false,
      built: false,
      safetyCopy: expect.objectContaining({ name: "safety-1", rancherImage: "rancher/rancher:v2.5.9" }),
    });
    expect(tools.wipes).toEqual([expect.stringMatching(/^\d{4}-.*Z$/)]);
    expect([tools.rancher, tools.logs]).toEqual([["stopping"], [expect.stringContaining("etcd-snapshot-restore.log")]]);
  });

  test("lets RKE wipe no cluster whose operator was told that etcd would be restored in place", async () => {
    const { nodes, ran, run, again } = restoreStep(WHOLE, { restoreWith: "auto", expectedWay: "in-place" });
    expect(await failureOf(run())).toMatchObject({
      kind: "refused",
      happened: [expect.stringMatching(/^etcd can no longer be restored in place, although the preview planned it: ./)],
      pointOfNoReturn: { state: "not-reached" },
      remedies: [expect.objectContaining({ pulumi: "config set restoreWith rke" })],
    });
    expect([ran(), ...nodes.map(isQuiet)]).toEqual([false, false, false, false]);
    expect(await again({ expectedWay: "rke" })).toMatchObject({ way: "rke" });
  });

  test("says that the cluster is built where RKE's log shows it", async () => {
    const { run } = restoreStep("wiping; built; restored");
    expect(await run()).toMatchObject({ built: true });
  });

  test("knows an old release's own line for the point of no return", async () => {
    vi.stubEnv("VERSION", "v0.1.18");
    const { run } = restoreStep("info Restoring etcd snapshot base; wiping; restored");
    expect(await run()).toMatchObject({ rke: "v0.1.18", wipedAt: expect.any(String) });
  });

  test("does not begin when a node cannot be asked, and names every such node", async () => {
    const { ran, run } = restoreStep(WHOLE, {}, { unreachable: [2, 3] });
    expect(await failureOf(run())).toMatchObject({
      kind: "unreachable",
      step: "restore",
      snapshot: "base",
      happened: [2, 3].map((number) => expect.stringContaining(`node${number} (10.0.0.${number}): cannot be reached`)),
      pointOfNoReturn: { state: "not-reached" },
      remedies: [2, 3].map((number) => expect.stringContaining(`rancher@10.0.0.${number}`)),
    });
    expect(ran()).toBe(false);
  });

  test("does not begin when Docker does not answer on a node", async () => {
    const { nodes, ran, run } = restoreStep(WHOLE);
    nodes[1]?.program("docker", 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
    const { kind, happened } = await failureOf(run());
    expect([kind, happened]).toEqual(["unreachable", [expect.stringMatching(/^node2 .*Cannot connect to the Docker/)]]);
    expect(ran()).toBe(false);
    for (const node of nodes) expect([rememberedBy(node), isQuiet(node)]).toEqual([[], false]);
  });

  test("does not begin when somebody else holds the lock, and keeps none that it took meanwhile", async () => {
    const { nodes, ran, run } = restoreStep(WHOLE);
    rmSync(join(nodes[0]?.root ?? "", "rancher-rollback/lock"));
    textFile(join(nodes[2]?.root ?? "", "rancher-rollback/lock"), JSON.stringify({ id: "bbbbbbbb", stack: "other" }));
    expect(await failureOf(run())).toMatchObject({
      kind: "locked",
      happened: [expect.stringMatching(/^node3: the lock is held by .*stack other.*lock bbbbbbbb/)],
      pointOfNoReturn: { state: "not-reached" },
    });
    expect(ran()).toBe(false);
    for (const node of nodes) expect(rememberedBy(node)).toEqual([]);
    expect(existsSync(join(nodes[0]?.root ?? "", "rancher-rollback/lock"))).toBe(false);
  });

  test("does not take the lock again that this very run has taken and somebody has released", async () => {
    const { nodes, ran, run } = restoreStep(WHOLE, { lock: { id: LOCK_ID, hosts: HOSTS, taken: ["node1"] } });
    rmSync(lockOf(nodes[0]));
    expect(await failureOf(run())).toMatchObject({
      kind: "locked",
      happened: ["node1: the lock of this rollback was released while it ran"],
      pointOfNoReturn: { state: "not-reached" },
      remedies: [expect.stringContaining("find out who released it")],
    });
    expect([ran(), existsSync(lockOf(nodes[0]))]).toEqual([false, false]);
  });

  test.each<[string, string, string]>([
    ["released", "rm $lock", "node2: the lock of this rollback was released while it ran"],
    ["taken by another", `echo '{"id":"bbbbbbbb","stack":"other"}' >$lock`, "node2: the lock is held by "],
  ])("does not wipe where the lock was %s while it got ready", async (_, change, happened) => {
    const { nodes, ran, run } = restoreStep(WHOLE);
    nodes[1]?.program("docker", `lock=$here/rancher-rollback/lock\ncase $* in stop*) ${change} ;; esac\n${DOCKER}`);
    expect(await failureOf(run())).toMatchObject({
      kind: "locked",
      happened: [expect.stringContaining(happened)],
      pointOfNoReturn: { state: "not-reached" },
    });
    expect(ran()).toBe(false);
  });

  test("does not begin while another run holds the cluster folder", async () => {
    const { clusterFile, ran, run } = restoreStep(WHOLE);
    const held = holdFolder(clusterFile);
    expect(await failureOf(run())).toMatchObject({
      kind: "busy",
      happened: [expect.stringContaining(`another run holds this cluster folder: process ${process.pid}`)],
      remedies: ["wait until that run has ended"],
    });
    expect(ran()).toBe(false);
    held.release();
  });

  test("does not begin without a usable RKE", async () => {
    const { run } = restoreStep(WHOLE, { rke: "/not/there/rke" });
    expect(await failureOf(run())).toMatchObject({
      kind: "system",
      happened: ['no program "/not/there/rke" was found'],
      pointOfNoReturn: { state: "not-reached" },
      remedies: [expect.objectContaining({ pulumi: "config set rkePath ./rke_linux-amd64" })],
    });
  });
});

describe("a restore that fails", () => {
  test("before the wipe has wiped nothing, and names RKE's log", async () => {
    const { nodes, run } = restoreStep("fatal snapshot missing hash");
    expect(await failureOf(run())).toMatchObject({
      kind: "rke",
      happened: ["RKE gave up: snapshot missing hash", expect.stringMatching(/^RKE's whole log: \/.*\.log$/)],
      pointOfNoReturn: { state: "not-reached" },
    });
    for (const node of nodes) expect(rememberedBy(node)[0]).not.toHaveProperty("finishedAt");
  });

  test("before the wipe puts RKE's state file back, and says so", async () => {
    const { folder, run } = restoreStep("echo new >rancher-cluster.rkestate; fatal node2 does not answer");
    textFile(join(folder, "rancher-cluster.rkestate"), "old\n");
    expect((await failureOf(run())).progress).toEqual({ of: "rke", etcd: "stopped", stateFile: "put-back" });
    expect(linesOf(join(folder, "rancher-cluster.rkestate"))).toEqual(["old"]);
  });

  test("before the wipe does not hide that an earlier one has wiped", async () => {
    const { tools, run } = restoreStep("if [ -e again ]; then fatal no; fi; touch again; wiping; fatal no");
    expect(await failureOf(run())).toMatchObject({ pointOfNoReturn: { state: "passed", at: tools.wipes[0] } });
    expect((await failureOf(run())).pointOfNoReturn).toEqual({
      state: "passed-earlier",
      at: "2026-11-23T14:00:00.000Z",
      log: expect.stringMatching(/^\/.*-etcd-snapshot-restore\.log$/),
    });
  });

  test("after the wipe began says when that was, and that the snapshot is still there", async () => {
    const { nodes, tools, run } = restoreStep("wiping; fatal etcd-restore failed");
    const { kind, progress, pointOfNoReturn, remedies } = await failureOf(run());
    expect({ kind, progress, pointOfNoReturn }).toEqual({
      kind: "rke",
      progress: { of: "rke", etcd: "wiped", stateFile: expect.any(String) },
      pointOfNoReturn: { state: "passed", at: tools.wipes[0] },
    });
    expect(remedies).toEqual([expect.stringContaining("the snapshot base is still in /opt/rke/etcd-snapshots")]);
    for (const node of nodes) expect(rememberedBy(node)[0]).not.toHaveProperty("finishedAt");
  });

  test("where an old release wipes unannounced may have wiped, and kubelet stays stopped", async () => {
    vi.stubEnv("VERSION", "v0.1.18");
    const tunnels = 'for node in $(nodes); do info "[dialer] Setup tunnel for host [$node]"; done';
    const { nodes, tools, run } = restoreStep(
      `info Starting restoring snapshot on etcd hosts; ${tunnels}; fatal no etcd`,
    );
    const { kind, progress, pointOfNoReturn } = await failureOf(run());
    expect({ kind, pointOfNoReturn }).toEqual({
      kind: "rke",
      pointOfNoReturn: { state: "unknown", line: expect.stringContaining("no etcd") },
    });
    expect(progress).toMatchObject({ of: "rke", etcd: "removed" });
    expect([tools.wipes, ...nodes.map(isQuiet)]).toEqual([[], true, true, true]);
  });

  test("by a node that RKE left out is a failure, though RKE says it is fine", async () => {
    const { run } = restoreStep('wiping; warn "Provisioning incomplete, host(s) [10.0.0.3] skipped"; restored');
    const { kind, happened, pointOfNoReturn } = await failureOf(run());
    expect([kind, happened[0], pointOfNoReturn.state]).toEqual(["rke", expect.stringContaining("10.0.0.3"), "passed"]);
  });
});

describe("kubelet and Rancher", () => {
  test("are stopped on every node before RKE is started, and stay so: the restarts start them again", async () => {
    const { folder, nodes, ran, run } = restoreStep(`while [ ! -e go ]; do sleep 0.1; done; ${WHOLE}`);
    const running = run();
    await until(ran);
    expect(nodes.map(isQuiet)).toEqual([true, true, true]);
    textFile(join(folder, "go"), "");
    await running;
    expect(nodes.map(isQuiet)).toEqual([true, true, true]);
  });

  test("run again where RKE has wiped nothing", async () => {
    const { nodes, run } = restoreStep("fatal snapshot missing hash");
    expect((await failureOf(run())).pointOfNoReturn).toEqual({ state: "not-reached" });
    expect(nodes.map(isQuiet)).toEqual([false, false, false]);
    for (const node of nodes) expect(node.argv).toContain("docker start kubelet");
  });

  test("run again where RKE could not even be started", async () => {
    const { nodes, rke, ran, run } = restoreStep(WHOLE);
    program(rke, 'rm "$0"; echo "rke version v1.8.0"');
    expect((await failureOf(run())).happened).toEqual([
      `RKE cannot be started, ${rke}: there is no such file or folder`,
    ]);
    expect([ran(), existsSync(rke)]).toEqual([false, false]);
    expect(nodes.map(isQuiet)).toEqual([false, false, false]);
  });

  test("stay stopped after a wipe that did not finish", async () => {
    const { nodes, run } = restoreStep("wiping; fatal etcd-restore failed");
    expect((await failureOf(run())).pointOfNoReturn.state).toBe("passed");
    expect(nodes.map(isQuiet)).toEqual([true, true, true]);
  });

  test.each<[string, string, boolean]>([
    ["run again where the lock was released while the restore got ready", "rm $lock", false],
    ["stay stopped where another has taken it, which may be wiping", `echo '{"id":"bbbbbbbb"}' >$lock`, true],
  ])("%s", async (_, change, isStopped) => {
    const { nodes, tools, run } = restoreStep(WHOLE);
    nodes[1]?.program("docker", `lock=$here/rancher-rollback/lock\ncase $* in stop*) ${change} ;; esac\n${DOCKER}`);
    expect((await failureOf(run())).kind).toBe("locked");
    expect(nodes.map(isQuiet)).toEqual([isStopped, isStopped, isStopped]);
    expect(tools.warned).toEqual(
      isStopped ? ["kubelet stays stopped on every node: another rollback has taken the cluster"] : [],
    );
    for (const { remedy } of tools.notices) expect(remedy).toMatchObject({ command: "unlock" });
  });

  test("that cannot be stopped on one node run again on all, and RKE is not started", async () => {
    const { nodes, ran, run } = restoreStep(WHOLE);
    nodes[1]?.program("docker", `case $* in stop*) exit 1 ;; esac\n${DOCKER}`);
    expect(await failureOf(run())).toMatchObject({
      kind: "unreachable",
      happened: [expect.stringContaining("node2 (10.0.0.2)")],
      pointOfNoReturn: { state: "not-reached" },
    });
    expect(ran()).toBe(false);
    expect(nodes.map(isQuiet)).toEqual([false, false, false]);
  });
});
