import { chmodSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  abandonScript,
  type ExchangeHost,
  exchangeId,
  exchangeScript,
  parseRestored,
  prepareScript,
  pruneScript,
  putBackScript,
  stopScript,
} from "../../../cluster/inPlace/exchange.ts";
import type { ExchangeAbout } from "../../../cluster/inPlace/facts.ts";
import { failureOf } from "../../../cluster/scriptProblems/scriptProblems.ts";
import { dataOf, etcdDocker, exchangesOn, leftExchange, runningOn } from "../../support/etcdDocker.ts";
import { until } from "../../support/folder.ts";
import { ended, SnapshotNode } from "../../support/snapshotNode.ts";

const TOOLS = "sh dd mkdir mv rm rmdir sync cat".split(" ");
const OLD = "1111 20 99";
const ID = "rollback-1";

/** An etcd host whose etcd is stopped, unless it is said to run. */
async function host({ running = false } = {}) {
  const node = new SnapshotNode(TOOLS);
  etcdDocker(node, 1);
  if (!running) await node.run(stopScript(["etcd"]));
  const place = { data: join(node.root, "etcd"), id: ID };
  return { node, place };
}

const run = async (node: SnapshotNode, script: string) => {
  const { code, stdout, stderr } = await node.run(script);
  return { code, stdout: stdout.trim(), said: stderr.trim() };
};

describe.concurrent("the exchange on a host", () => {
  test("and back again leaves everything as it was, however often each is done", async () => {
    const { node, place } = await host();
    leftExchange(node, ID, {}, { fresh: "new" });
    for (const _ of [1, 2]) {
      expect((await run(node, exchangeScript(place))).code).toBe(0);
      expect([dataOf(node), dataOf(node, `.rancher-rollback/${ID}/old/member`)]).toEqual(["new", OLD]);
    }
    expect(await run(node, putBackScript(place))).toEqual({ code: 0, stdout: "back", said: "" });
    expect(await run(node, putBackScript(place))).toEqual({ code: 0, stdout: "", said: "" });
    expect([dataOf(node), dataOf(node, `.rancher-rollback/${ID}/new/member`)]).toEqual([OLD, "new"]);
    expect((await run(node, abandonScript(place))).code).toBe(0);
    expect([dataOf(node), exchangesOn(node)]).toEqual([OLD, []]);
  });

  test("is not done while etcd runs, neither there nor back", async () => {
    const { node, place } = await host({ running: true });
    leftExchange(node, ID, {}, { fresh: "new", old: "older" });
    for (const script of [exchangeScript(place), putBackScript(place)]) {
      expect(await run(node, script)).toMatchObject({ code: 77, said: "failed etcd-not-still" });
    }
    expect(dataOf(node)).toBe(OLD);
  });

  test("is not done without restored data", async () => {
    const { node, place } = await host();
    expect(await run(node, exchangeScript(place))).toMatchObject({
      code: 77,
      said: expect.stringMatching(/^value work \/.*\/rollback-1\nfailed no-restored-data$/),
    });
    expect(dataOf(node)).toBe(OLD);
  });

  test("keeps the mode of the data, and lets nobody else into the old data", async () => {
    const { node, place } = await host();
    chmodSync(join(place.data, "member"), 0o750);
    leftExchange(node, ID, {}, { fresh: "new" });
    await run(node, exchangeScript(place));
    const mode = (path: string) => (statSync(join(place.data, path)).mode & 0o777).toString(8);
    expect([mode(`.rancher-rollback/${ID}/old`), mode(`.rancher-rollback/${ID}/old/member`)]).toEqual(["700", "750"]);
  });
});

describe.concurrent("what was prepared on a host", () => {
  test.each(["SIGTERM", "SIGPIPE"] as const)("does not stay where it is ended by %s on the way", async (signal) => {
    const { node, place } = await host();
    const container = { imageId: "sha256:1", args: [] } as unknown as ExchangeHost["container"];
    const facts = { owner: "0:0", mode: "700", tool: { name: "etcdctl" } } as unknown as ExchangeHost["facts"];
    const args = { id: ID, about: {} as ExchangeAbout, snapshot: { name: "base" }, hosts: [], bump: undefined };
    const preparing = node.start(prepareScript({ data: place.data, container, facts }, args, true));
    preparing.stdin?.write("half of a snapshot");
    await until(() => existsSync(join(place.data, `.rancher-rollback/${ID}/received`)));
    preparing.kill(signal);
    preparing.stdin?.end();
    expect((await ended(preparing)).code).toBe(143);
    expect(exchangesOn(node)).toEqual([]);
  });

  test("is not removed where the old data are in it", async () => {
    const { node, place } = await host();
    leftExchange(node, ID, {}, { old: OLD });
    expect(await run(node, abandonScript(place))).toMatchObject({
      code: 77,
      said: expect.stringMatching(/has-old-data$/),
    });
    expect(dataOf(node, `.rancher-rollback/${ID}/old/member`)).toBe(OLD);
  });

  test("returns to the exchange that it came from", async () => {
    const { node, place } = await host();
    leftExchange(node, ID, {}, { fresh: "kept" });
    mkdirSync(join(place.data, ".rancher-rollback/rollback-0"));
    expect((await run(node, abandonScript(place, "rollback-0"))).code).toBe(0);
    expect(dataOf(node, ".rancher-rollback/rollback-0/old/member")).toBe("kept");
    expect(exchangesOn(node)).toEqual(["rollback-0"]);
  });

  test("does not go where old data are already: both stay", async () => {
    const { node, place } = await host();
    leftExchange(node, ID, {}, { fresh: "kept" });
    leftExchange(node, "rollback-0", {}, { old: OLD });
    expect(await run(node, abandonScript(place, "rollback-0"))).toMatchObject({
      code: 77,
      said: expect.stringMatching(/old-data-twice$/),
    });
    expect(dataOf(node, `.rancher-rollback/${ID}/new/member`)).toBe("kept");
    expect(dataOf(node, ".rancher-rollback/rollback-0/old/member")).toBe(OLD);
  });

  test("is pruned by name, and nothing else is", async () => {
    const { node, place } = await host();
    for (const id of ["rollback-1", "rollback-2"]) leftExchange(node, id, {}, { old: OLD });
    expect((await run(node, pruneScript(place.data, ["rollback-1"]))).code).toBe(0);
    expect([exchangesOn(node), dataOf(node)]).toEqual([["rollback-2"], OLD]);
  });

  test("is not pruned where etcd has no data: the old ones may be all that there is", async () => {
    const { node, place } = await host();
    leftExchange(node, ID, {}, { old: OLD });
    rmSync(join(place.data, "member"), { recursive: true });
    const { code, said } = await run(node, pruneScript(place.data, [ID]));
    expect({ code, failure: failureOf(said)?.message }).toEqual({
      code: 77,
      failure: `etcd has no data in ${place.data}`,
    });
    expect(exchangesOn(node)).toEqual([ID]);
  });
});

describe("containers", () => {
  test("that are stopped do not run", async () => {
    const { node } = await host({ running: true });
    expect((await run(node, stopScript(["kube-scheduler", "etcd"]))).code).toBe(0);
    expect(runningOn(node)).not.toContain("etcd");
    expect(existsSync(join(node.root, "running/kubelet"))).toBe(true);
  });
});

test("an exchange has an id of its own", () => {
  const at = "2026-11-23T14:00:00.000Z";
  expect(exchangeId(at)).toMatch(/^rollback-20261123T140000Z-[0-9a-f]{6}$/);
  expect(exchangeId(at)).not.toBe(exchangeId(at));
});

describe("what a host has restored", () => {
  test("is known by what etcd reads in it", () => {
    const status = '{"hash":4242,"revision":7,"totalKey":9,"totalSize":20480}';
    expect(parseRestored(`restored ${status}\n`)).toEqual({ hash: "4242", revision: 7, keys: 9 });
  });

  test("is nothing where it failed, or etcd said nothing", () => {
    expect(parseRestored("value why why damaged\nvalue file base\nfailed snapshot-changed\n")).toEqual({
      failed: { message: expect.stringMatching(/^base is damaged: /), remedy: "run the preview again" },
    });
    expect(parseRestored("restored {}\n")).toEqual({
      failed: { message: "etcd does not say what it has restored", remedy: "look at the node" },
    });
  });
});
