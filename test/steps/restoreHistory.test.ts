import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { besideClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import { ClusterFolderLock } from "../../cluster/rke/folderLock.ts";
import { restoreBegins } from "../../cluster/stateFolder/unfinishedRestore.ts";
import { lock, unlock } from "../../steps/lock.ts";
import { textFile, until } from "../support/folder.ts";
import { apiServer, kubernetesAnswers } from "../support/kubernetes.ts";
import { HOSTS, isQuiet, LOCK_ID, lockOf, restoreStep, SNAPSHOT, WHOLE } from "../support/restoreStep.ts";
import { finishedRecord, remember, rememberedBy, restoreRecord } from "../support/restores.ts";
import { sha256 } from "../support/snapshot.ts";
import type { SnapshotNode } from "../support/snapshotNode.ts";
import { failureOf, startStep, stepContext } from "../support/steps.ts";
import { ago } from "../support/time.ts";

const DAY = 24 * 3600;

describe("what the cluster remembers of its restores", { timeout: 60_000 }, () => {
  test("is a finished one on every etcd host, with what was restored and the way back", async () => {
    const { nodes, run } = restoreStep(WHOLE);
    await run();
    for (const node of nodes) {
      expect(rememberedBy(node)).toEqual([
        {
          snapshot: "base",
          run: 1,
          number: 1,
          startedAt: expect.stringMatching(/^20.*Z$/),
          finishedAt: expect.stringMatching(/^20.*Z$/),
          stack: "prod",
          holder: expect.stringContaining("@"),
          content: sha256(SNAPSHOT),
          safetyCopy: { name: "safety-1", rancherImage: "rancher/rancher:v2.5.9" },
        },
      ]);
    }
  });

  test("is one that has begun before RKE is started", async () => {
    const { folder, nodes, run } = restoreStep(`while [ ! -e go ]; do sleep 0.1; done; ${WHOLE}`);
    const running = run();
    await vi.waitUntil(() => existsSync(join(folder, "ran")), { timeout: 30_000 });
    for (const node of nodes) {
      expect(rememberedBy(node)).toMatchObject([{ snapshot: "base", run: 1 }]);
      expect(rememberedBy(node)[0]).not.toHaveProperty("finishedAt");
    }
    textFile(join(folder, "go"), "");
    await running;
  });

  test("must be written on every host before RKE is started", async () => {
    const { nodes, ran, run } = restoreStep(WHOLE);
    nodes[2]?.program("mv", "exit 1");
    expect(await failureOf(run())).toMatchObject({
      kind: "unreachable",
      happened: [expect.stringContaining("node3 (10.0.0.3)")],
      pointOfNoReturn: { state: "not reached" },
    });
    expect(ran()).toBe(false);
  });

  test("that cannot be written at the end is a warning: the restore is done", async () => {
    const { nodes, tools, run } = restoreStep(WHOLE);
    nodes[2]?.program("mv", '[ -e "$here/moved" ] && exit 1; : >"$here/moved"; exec /bin/mv "$@"');
    await run();
    expect(tools.warned).toEqual([
      expect.stringMatching(/^this restore is not recorded on a host: node3 \(10\.0\.0\.3\)/),
    ]);
    expect(rememberedBy(nodes[0] as SnapshotNode)).toMatchObject([{ finishedAt: expect.any(String) }]);
  });

  test.each([1, 3])(
    "refuses the same restore before RKE is started, whatever the stack: known to %i hosts",
    async (count) => {
      const { nodes, tools, ran, run } = restoreStep(WHOLE, {}, { stack: "fresh" });
      remember(nodes.slice(3 - count), finishedRecord({ finishedAt: "2026-11-23T14:05:00.000Z" }));
      const { rerun, ...failure } = await failureOf(run());
      expect(failure).toMatchObject({
        kind: "refused",
        happened: [expect.stringMatching(/^base was restored .*at 2026-11-23T14:05:00.000Z by ops@laptop, stack prod/)],
        pointOfNoReturn: { state: "not reached" },
        remedies: [expect.objectContaining({ pulumi: "config set run 2" })],
      });
      expect([rerun, ran(), tools.wipes]).toEqual([undefined, false, []]);
    },
  );

  test.each([{ snapshot: "other" }, { run: 2 }])("does not refuse another restore: %j", async (over) => {
    const { nodes, ran, run } = restoreStep(WHOLE, over);
    remember(nodes, finishedRecord());
    await run();
    expect(ran()).toBe(true);
    for (const node of nodes) {
      expect(rememberedBy(node)).toEqual(
        expect.arrayContaining([
          finishedRecord(),
          expect.objectContaining({ ...{ snapshot: "base", run: 1, ...over }, finishedAt: expect.any(String) }),
        ]),
      );
    }
  });

  test("lets a restore be done that has begun and did not finish", async () => {
    const { nodes, ran, run } = restoreStep(WHOLE);
    remember(nodes, restoreRecord());
    expect(await run()).toMatchObject({ adopted: false });
    expect(ran()).toBe(true);
    for (const node of nodes) expect(rememberedBy(node)).toMatchObject([{ run: 1, finishedAt: expect.any(String) }]);
  });

  test("knows when it first began, however often it was tried since: that is how long its confirmation holds", async () => {
    const [first, last] = [ago(DAY - 600), ago(600)];
    const { nodes, ran, run } = restoreStep("wiping; fatal etcd-restore failed");
    remember(nodes, restoreRecord({ startedAt: last, firstStartedAt: first }));
    expect((await failureOf(run())).kind).toBe("rke");
    for (const node of nodes) expect(rememberedBy(node)).toMatchObject([{ firstStartedAt: first }]);
    expect(ran()).toBe(true);
    const late = restoreStep(WHOLE);
    remember(late.nodes, restoreRecord({ startedAt: last, firstStartedAt: ago(DAY + 60) }));
    expect((await failureOf(late.run())).kind).toBe("refused");
    expect(late.ran()).toBe(false);
  });

  test("refuses it once it began more than a day ago, whatever the stack, and says how to ask for another", async () => {
    const { nodes, tools, ran, run, again } = restoreStep(WHOLE, {}, { stack: "fresh" });
    remember(nodes.slice(2), restoreRecord({ startedAt: ago(DAY + 60) }));
    const { rerun, ...failure } = await failureOf(run());
    expect(failure).toMatchObject({
      kind: "refused",
      happened: [expect.stringMatching(/^base began on this cluster at .* by ops@laptop, stack prod, .* 24 hours$/)],
      pointOfNoReturn: { state: "not reached" },
      remedies: [expect.objectContaining({ pulumi: "config set run 2" })],
    });
    expect([rerun, ran(), tools.wipes, nodes.map(isQuiet)]).toEqual([undefined, false, [], [false, false, false]]);
    expect(await again({ run: 2 })).toMatchObject({ adopted: false });
    expect(ran()).toBe(true);
  });
});

describe("a restore that is done, and whose run was cut off before it could say so", { timeout: 60_000 }, () => {
  test("is continued while its lock is held: it is neither repeated nor refused", async () => {
    const { nodes, tools, ran, run } = restoreStep(WHOLE);
    remember(nodes, finishedRecord());
    expect(await run()).toEqual({ rke: "v1.8.0", way: "rke", reasons: [], warnings: 0, adopted: true });
    expect([ran(), tools.wipes, nodes.map(isQuiet)]).toEqual([false, [], [false, false, false]]);
    for (const node of nodes) expect(rememberedBy(node)).toEqual([finishedRecord()]);
  });

  test.each<[string, (nodes: SnapshotNode[]) => void]>([
    ["its lock is released", (nodes) => nodes.map(lockOf).forEach((lock) => void rmSync(lock))],
    ["another holds a host", ([node]) => textFile(lockOf(node), JSON.stringify({ id: "bbbbbbbb" }))],
    [
      "another restore came after it",
      (nodes) => remember(nodes, restoreRecord({ snapshot: "other", startedAt: ago(60) })),
    ],
  ])("is refused where %s", async (_, change) => {
    const { nodes, ran, run } = restoreStep(WHOLE);
    remember(nodes, finishedRecord());
    change(nodes);
    expect((await failureOf(run())).kind).toBe("refused");
    expect(ran()).toBe(false);
  });
});

test("a restore that is done is refused after a destroy: the cluster knows of it", { timeout: 60_000 }, async () => {
  const { nodes, tools, ran, run, folder } = restoreStep(WHOLE);
  await run();
  await unlock({ id: LOCK_ID, hosts: HOSTS }, tools);
  rmSync(join(folder, "ran"));
  // Without a state the lock's id is another.
  const lost = { id: "bbbbbbbb", hosts: HOSTS };
  expect(await lock({ ...lost, snapshot: "base", run: 1, silenceSeconds: 60 }, tools)).toMatchObject({ hosts: [] });
  const { kind, happened } = await failureOf(run());
  expect([kind, happened]).toEqual(["refused", [expect.stringContaining("base was restored on this cluster at ")]]);
  expect([ran(), nodes.map(isQuiet)]).toEqual([false, [true, true, true]]);
  for (const node of nodes) expect(existsSync(lockOf(node))).toBe(false);
});

describe("a restore that the RKE of a killed run has finished", { timeout: 60_000 }, () => {
  const logged = (seconds: number) => `${ago(seconds).slice(0, 19)}Z`;
  const [SINCE, WIPED, ENDED] = [logged(595), logged(590), logged(580)];
  const LOG = `time="${WIPED}" level=info msg="Cleaning old kubernetes cluster"
${["1", "2", "3"].map((number) => `time="${WIPED}" level=info msg="[hosts] Cleaning up host [10.0.0.${number}]"`).join("\n")}
time="${ENDED}" level=info msg="Finished restoring snapshot [base] on all etcd hosts"
`;

  const MANIFEST = {
    kind: "live",
    nodes: HOSTS,
    bytes: 1,
    sha256: "5a",
    state: true,
    rancherImage: "rancher/rancher:v2.5.9",
  };

  function left(clusterFile: string, since = SINCE): string {
    const log = textFile(join(clusterFile, "../.rancher-rollback/logs/restore.log"), LOG);
    restoreBegins(clusterFile, { since, log, hosts: [] });
    return log;
  }

  test("is not repeated, but recorded as finished", async () => {
    const { clusterFile, nodes, ran, run } = restoreStep(WHOLE);
    remember(nodes, restoreRecord());
    const log = left(clusterFile);
    expect(await run()).toEqual({
      rke: "v1.8.0",
      way: "rke",
      reasons: [],
      adopted: true,
      built: false,
      wipedAt: `${WIPED.slice(0, -1)}.000Z`,
      warnings: 0,
      log,
    });
    expect(ran()).toBe(false);
    for (const node of nodes) expect(rememberedBy(node)).toMatchObject([{ finishedAt: expect.any(String) }]);
    expect(await run()).toMatchObject({ adopted: true });
    expect(ran()).toBe(false);
  });

  test.each([
    ["its own safety copy, not one of a rollback before", "safety-20200102T000000Z"],
    ["none where it went without, though a rollback before has left one", undefined],
  ])("is adopted with %s", async (_, copy) => {
    const { clusterFile, nodes, run } = restoreStep(WHOLE);
    for (const name of ["safety-20200101T000000Z", "safety-20200102T000000Z", "safety-20200103T000000Z"]) {
      const manifest = { ...MANIFEST, name };
      textFile(join(clusterFile, "../.rancher-rollback/safety", name, "manifest.json"), JSON.stringify(manifest));
    }
    const { rancherImage } = MANIFEST;
    remember(nodes, restoreRecord({ ...(copy && { safetyCopy: { name: copy, rancherImage } }) }));
    left(clusterFile);
    expect((await run()).safetyCopy?.name).toBe(copy);
  });

  test("is adopted after the step was killed in the middle of it", async () => {
    const { clusterFile, folder, nodes, tools, input, ran, run } = restoreStep(
      `wiping; while [ ! -e go ]; do sleep 0.1; done; restored`,
    );
    const killed = startStep("", { step: "restore", context: stepContext(clusterFile), input });
    const ended = new Promise((resolve) => killed.once("close", resolve));
    await until(ran);
    killed.kill("SIGKILL");
    await ended;
    rmSync(join(folder, "ran"));
    const running = run();
    await until(() => tools.said.some((line) => line.includes("its RKE still runs")));
    textFile(join(folder, "go"), "");
    expect(await running).toMatchObject({ adopted: true, wipedAt: expect.any(String) });
    expect([ran(), tools.wipes]).toEqual([false, []]);
    for (const node of nodes) expect(rememberedBy(node)).toMatchObject([{ finishedAt: expect.any(String) }]);
  });

  test("is adopted however long ago it began: nothing more is lost by that", async () => {
    const { clusterFile, nodes, ran, run } = restoreStep(WHOLE);
    remember(nodes, restoreRecord({ startedAt: ago(2 * DAY) }));
    left(clusterFile, ago(2 * DAY - 5));
    expect(await run()).toMatchObject({ adopted: true });
    expect(ran()).toBe(false);
  });

  test("is looked up again once a left-over RKE has ended: meanwhile the same restore may have been finished", async () => {
    const { clusterFile, nodes, tools, ran, run } = restoreStep(WHOLE);
    const log = textFile(join(clusterFile, "../.rancher-rollback/logs/up.log"), "building\n");
    const holder = { step: spawnSync("true").pid, command: "rke up", since: ago(60), log };
    const held = ClusterFolderLock.take(join(clusterFile, "../.rancher-rollback/rke.lock"), holder);
    const running = failureOf(run());
    await vi.waitUntil(() => tools.said.some((line) => line.includes("waiting for it")), { timeout: 30_000 });
    remember(nodes, finishedRecord({ stack: "other" }));
    if (held instanceof ClusterFolderLock) held.release();
    expect((await running).kind).toBe("refused");
    expect(ran()).toBe(false);
  });

  test("is adopted only once a node that RKE has deleted is back: a kill meanwhile repeats nothing", async () => {
    const { clusterFile, nodes, ran, run } = restoreStep(WHOLE);
    remember(nodes, restoreRecord());
    left(clusterFile);
    const finishedAtLook: unknown[] = [];
    const answers = (...names: string[]) =>
      kubernetesAnswers({ nodes: Object.fromEntries(names.map((name) => [name, true])) });
    const [broken, whole] = [answers("node1", "node2"), answers("node1", "node2", "node3")];
    const list = () => {
      finishedAtLook.push(nodes[0] && rememberedBy(nodes[0])[0]?.finishedAt);
      return String((finishedAtLook.length === 1 ? broken : whole)["/api/v1/nodes"]);
    };
    const { kubeconfig } = await apiServer({ ...whole, "/api/v1/nodes": list });
    textFile(besideClusterFile(clusterFile).kubeconfig, kubeconfig);
    expect(await run()).toMatchObject({ adopted: true });
    expect(finishedAtLook).toEqual([undefined, undefined]);
    expect(nodes.map(({ argv }) => argv.includes("docker restart kubelet"))).toEqual([false, false, true]);
    expect(ran()).toBe(false);
  });

  test.each([
    ["another snapshot", restoreRecord({ snapshot: "other" })],
    ["a later one", restoreRecord({ startedAt: ago(300) })],
  ])("is not taken for this one where the cluster remembers %s", async (_, record) => {
    const { clusterFile, nodes, ran, run } = restoreStep(WHOLE);
    remember(nodes, record);
    left(clusterFile);
    expect(await run()).toMatchObject({ adopted: false });
    expect(ran()).toBe(true);
  });
});
