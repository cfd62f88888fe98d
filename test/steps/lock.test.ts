import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Lock, lockScript, parseLock } from "../../cluster/lock/lock.ts";
import { ClusterFolderLock } from "../../cluster/rke/folderLock.ts";
import { StepFailure } from "../../messages/failure.ts";
import { checkLock, type LockInput, lock, lockId, unlock } from "../../steps/lock.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { tempFolder, textFile, until } from "../support/folder.ts";
import { SnapshotNode, sshTo } from "../support/snapshotNode.ts";
import { LABELS, stepOptions } from "../support/steps.ts";

afterEach(() => void vi.unstubAllEnvs());

const TOOLS = "sh dd cat mkdir ln rm sync id".split(" ");
const HOSTS = ["node1", "node2", "node3"];

function cluster() {
  const clusterFile = clusterFileIn(tempFolder());
  const nodes = [1, 2, 3].map(() => new SnapshotNode(TOOLS)) as [SnapshotNode, SnapshotNode, SnapshotNode];
  const addresses = Object.fromEntries(nodes.map((node, at) => [`10.0.0.${at + 1}`, node]));
  const reach = (reachable: Record<string, SnapshotNode>) => vi.stubEnv("PATH", `${sshTo(reachable)}:/usr/bin:/bin`);
  reach(addresses);
  const options = (id: string, over: Partial<LockInput> = {}, stack = "prod") =>
    stepOptions({
      clusterFile,
      stack,
      snapshot: "base",
      input: async () => JSON.stringify({ id, hosts: HOSTS, ...over }),
    });
  return { nodes, addresses, reach, options };
}

const holderOf = (node: SnapshotNode): string | undefined => {
  const path = join(node.root, "rancher-rollback/lock");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Lock).id : undefined;
};
const leftOn = (node: SnapshotNode) => readdirSync(join(node.root, "rancher-rollback")).sort();

async function failure(run: Promise<unknown>): Promise<string> {
  const error = await run.catch((reason: unknown) => reason);
  if (!(error instanceof StepFailure)) throw error;
  for (const label of LABELS) expect(error.message).toContain(label);
  return error.message;
}

/** An RKE at work in the cluster's folder, begun by the step of this process id. */
function rkeAtWork(clusterFile: string, step: number): ClusterFolderLock {
  const own = join(dirname(clusterFile), ".rancher-rollback");
  const log = textFile(join(own, "logs/up.log"), "building\n");
  const holder = { step, command: "rke up", since: new Date().toISOString(), log };
  const held = ClusterFolderLock.take(join(own, "rke.lock"), holder);
  if (!(held instanceof ClusterFolderLock)) throw new Error("the folder is held");
  return held;
}

describe("the lock on the cluster", { timeout: 60_000 }, () => {
  test("is not taken before the RKE that a killed run has left is done, as nothing holds for long until then", async () => {
    const { nodes, options } = cluster();
    const mine = options("aaaaaaaa");
    const rke = rkeAtWork(mine.clusterFile, spawnSync("true").pid);
    const locking = lock(mine);
    await until(() => mine.said.length > 0);
    expect(mine.said[0]).toMatch(/^an earlier run was killed, but its RKE still runs \(rke up\): waiting for it/);
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, undefined]);
    rke.release();
    await locking;
    expect(nodes.map(holderOf)).toEqual(["aaaaaaaa", "aaaaaaaa", "aaaaaaaa"]);
  });

  test("is not taken while another run of this machine has an RKE at work", async () => {
    const { nodes, options } = cluster();
    const mine = options("aaaaaaaa");
    const rke = rkeAtWork(mine.clusterFile, process.pid);
    expect(await failure(lock(mine))).toContain(`another run holds this cluster folder: process ${process.pid} since`);
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, undefined]);
    rke.release();
  });

  test("is on every etcd host, with who holds it, and nothing else is left there", async () => {
    const { nodes, options } = cluster();
    await lock(options("aaaaaaaa"));
    for (const node of nodes) {
      expect(leftOn(node)).toEqual(["lock"]);
      expect(JSON.parse(readFileSync(join(node.root, "rancher-rollback/lock"), "utf8"))).toMatchObject({
        id: "aaaaaaaa",
        holder: expect.stringContaining("@"),
        stack: "prod",
        snapshot: "base",
      });
    }
  });

  test("is entered again by the same rollback, also where a kill left it on some hosts only", async () => {
    const { nodes, options } = cluster();
    await lock(options("aaaaaaaa", { hosts: ["node2"] }));
    await lock(options("aaaaaaaa"));
    await lock(options("aaaaaaaa"));
    expect(nodes.map(holderOf)).toEqual(["aaaaaaaa", "aaaaaaaa", "aaaaaaaa"]);
  });

  test("is refused to anyone else, with the holder's name and how to break it, and nothing stays locked by the loser", async () => {
    const { nodes, options } = cluster();
    await lock(options("aaaaaaaa", { hosts: ["node3"] }));
    const message = await failure(lock(options("bbbbbbbb", {}, "other")));
    expect(message).toMatch(
      /node3: this cluster is being rolled back by \S+@\S+, stack prod, to snapshot base, since 20/,
    );
    expect(message).toContain("pulumi config set breakLockOf aaaaaaaa");
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, "aaaaaaaa"]);
  });

  test("is taken nowhere when a host cannot be asked, and all such hosts are named", async () => {
    const { nodes, addresses, reach, options } = cluster();
    const { "10.0.0.2": _, "10.0.0.3": __, ...reachable } = addresses;
    reach(reachable);
    expect(await failure(lock(options("aaaaaaaa")))).toMatch(/node2 \(10\.0\.0\.2\)[\s\S]*node3 \(10\.0\.0\.3\)/);
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, undefined]);
  });

  test("is released by its own rollback only, and once is enough", async () => {
    const { nodes, options } = cluster();
    await lock(options("aaaaaaaa"));
    await unlock(options("bbbbbbbb"));
    expect(nodes.map(holderOf)).toEqual(["aaaaaaaa", "aaaaaaaa", "aaaaaaaa"]);
    expect(await unlock(options("aaaaaaaa"))).toEqual({ id: "aaaaaaaa", left: [] });
    expect(await unlock(options("aaaaaaaa"))).toEqual({ id: "aaaaaaaa", left: [] });
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, undefined]);
  });

  test("that cannot be released on a host is a warning with what to type there, for the rollback is done", async () => {
    const { addresses, reach, options } = cluster();
    await lock(options("aaaaaaaa"));
    const { "10.0.0.2": _, ...reachable } = addresses;
    reach(reachable);
    const said = options("aaaaaaaa");
    await unlock(said);
    expect(said.said.join()).toContain("WARNING node2 may still be locked: on it, rm /opt/rke/rancher-rollback/lock");
  });

  test("is broken by naming it, and only it", async () => {
    const { nodes, options } = cluster();
    await lock(options("aaaaaaaa"));
    expect(await failure(lock(options("bbbbbbbb", { breakLockOf: "cccccccc" })))).toContain("lock aaaaaaaa");
    const said = options("bbbbbbbb", { breakLockOf: "aaaaaaaa" });
    await lock(said);
    expect(said.said.join()).toContain("WARNING node1: the lock aaaaaaaa was broken");
    expect(nodes.map(holderOf)).toEqual(["bbbbbbbb", "bbbbbbbb", "bbbbbbbb"]);
  });

  test("that somebody wrote otherwise is held all the same", async () => {
    const { nodes, options } = cluster();
    mkdirSync(join(nodes[1].root, "rancher-rollback"));
    textFile(join(nodes[1].root, "rancher-rollback/lock"), "hands off\n");
    expect(await failure(lock(options("aaaaaaaa")))).toContain("node2: this cluster is being rolled back by someone");
    expect(readFileSync(join(nodes[1].root, "rancher-rollback/lock"), "utf8")).toBe("hands off\n");
  });

  test("is asked for right before the wipe: gone or another's, it stops the restore", async () => {
    const { options } = cluster();
    await lock(options("aaaaaaaa"));
    await checkLock(options("aaaaaaaa"), { id: "aaaaaaaa", hosts: HOSTS });
    expect(await failure(checkLock(options("bbbbbbbb"), { id: "bbbbbbbb", hosts: HOSTS }))).toMatch(
      /node1: the lock is held by .*lock aaaaaaaa/,
    );
    await unlock(options("aaaaaaaa"));
    expect(await failure(checkLock(options("aaaaaaaa"), { id: "aaaaaaaa", hosts: HOSTS }))).toContain(
      "node1: this stack's lock is gone",
    );
  });
});

test("of many who come at once, one gets a host, and all others read the whole of who it is", async () => {
  const node = new SnapshotNode(TOOLS);
  const ids = Array.from({ length: 12 }, (_, at) => `0000000${at.toString(16)}`);
  const ends = await Promise.all(
    ids.map((id) => node.run(lockScript({ id, holder: "me@here", stack: "s", snapshot: "b", since: "now" }))),
  );
  const answers = ends.map(({ stdout }) => parseLock(stdout));
  const winners = ids.filter((_, at) => answers[at]?.taken);
  expect(winners).toHaveLength(1);
  for (const { taken, held } of answers) if (!taken) expect(held).toMatchObject({ id: winners[0], holder: "me@here" });
  expect(leftOn(node)).toEqual(["lock"]);
});

test("every holder has another id", async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => lockId()));
  expect(new Set(ids.map((id) => JSON.stringify(id))).size).toBe(20);
  expect(ids[0]).toEqual({ id: expect.stringMatching(/^[0-9a-f]{8}$/) });
});
