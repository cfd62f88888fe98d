import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { lock, unlock } from "../../steps/lock.ts";
import { textFile } from "../support/folder.ts";
import { copy, DOCKER, HOSTS, isQuiet, LOCK_ID, lockOf, restoreStep, SNAPSHOT, WHOLE } from "../support/restoreStep.ts";
import { finishedRecord, remember, rememberedBy, restoreRecord } from "../support/restores.ts";
import { sha256 } from "../support/snapshot.ts";
import type { SnapshotNode } from "../support/snapshotNode.ts";
import { failureOf } from "../support/steps.ts";
import { ago } from "../support/time.ts";

const DAY = 24 * 3600;

describe("what the cluster remembers of its restores", () => {
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
          machine: expect.stringMatching(/^[0-9a-f]{16}$/),
          content: sha256(SNAPSHOT),
          safetyCopy: { name: "safety-1", rancherImage: "rancher/rancher:v2.5.9" },
          nodes: ["10.0.0.1", "10.0.0.2", "10.0.0.3"],
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

  test("is one that has failed once its RKE has, so that another machine may go on with it; trying again, it may be alive", async () => {
    const { folder, nodes, run } = restoreStep(
      `if [ -e again ]; then while [ ! -e go ]; do sleep 0.1; done; ${WHOLE}; else touch again; wiping; fatal node2 does not answer; fi`,
    );
    await failureOf(run());
    const failed = [expect.objectContaining({ failedAt: expect.stringMatching(/^20.*Z$/) })];
    for (const node of nodes) expect(rememberedBy(node)).toEqual(failed);
    rmSync(join(folder, "ran"));
    const running = run();
    await vi.waitUntil(() => existsSync(join(folder, "ran")), { timeout: 30_000 });
    for (const node of nodes) expect(rememberedBy(node)[0]).not.toHaveProperty("failedAt");
    textFile(join(folder, "go"), "");
    await running;
    for (const node of nodes) expect(rememberedBy(node)[0]).not.toHaveProperty("failedAt");
  });

  test("is one that has failed on the hosts that can write it down", async () => {
    const { nodes, run } = restoreStep("wiping; fatal node3 does not answer");
    nodes[2]?.program("mv", '[ ! -e "$here/rancher-rollback/restores/base.1.json" ] || exit 1; exec /bin/mv "$@"');
    await failureOf(run());
    expect(nodes.map((node) => "failedAt" in (rememberedBy(node)[0] ?? {}))).toEqual([true, true, false]);
  });

  test("is not written, and no node is stopped, once another machine has taken the rollback over", async () => {
    const { nodes, ran, run } = restoreStep(WHOLE, { saved: copy(200) });
    const over = JSON.stringify({ id: LOCK_ID, holder: "ops@desk", machine: "0123456789abcdef" });
    const saving = "*'snapshot save '*)";
    nodes[0]?.program("docker", DOCKER.replace(saving, `${saving} echo '${over}' >"$here/rancher-rollback/lock";`));
    expect(await failureOf(run())).toMatchObject({
      kind: "locked",
      happened: ["node1: ops@desk has taken over the lock of this rollback while it ran"],
    });
    expect([ran(), nodes.map(isQuiet), nodes.map(rememberedBy)]).toEqual([false, [false, false, false], [[], [], []]]);
  });

  test("must be written on every host before RKE is started", async () => {
    const { nodes, ran, run } = restoreStep(WHOLE);
    nodes[2]?.program("mv", "exit 1");
    expect(await failureOf(run())).toMatchObject({
      kind: "unreachable",
      happened: [expect.stringContaining("node3 (10.0.0.3)")],
      pointOfNoReturn: { state: "not-reached" },
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
      const failure = await failureOf(run());
      expect(failure).toMatchObject({
        kind: "refused",
        happened: [expect.stringMatching(/^base was restored .*at 2026-11-23T14:05:00.000Z by ops@laptop, stack prod/)],
        pointOfNoReturn: { state: "not-reached" },
        remedies: [expect.objectContaining({ pulumi: "config set run 2" })],
      });
      expect([ran(), tools.wipes]).toEqual([false, []]);
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
    const failure = await failureOf(run());
    expect(failure).toMatchObject({
      kind: "refused",
      happened: [expect.stringMatching(/^base began on this cluster at .* by ops@laptop, stack prod, .* 24 hours$/)],
      pointOfNoReturn: { state: "unknown", begun: { by: "ops@laptop" } },
      remedies: [expect.objectContaining({ pulumi: "config set run 2" })],
    });
    expect([ran(), tools.wipes, nodes.map(isQuiet)]).toEqual([false, [], [false, false, false]]);
    expect(await again({ run: 2 })).toMatchObject({ adopted: false });
    expect(ran()).toBe(true);
  });
});

describe("a restore that is done, and whose run was cut off before it could say so", () => {
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

test("a restore that is done is refused after a destroy: the cluster knows of it", async () => {
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
