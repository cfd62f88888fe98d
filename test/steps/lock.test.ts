import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lockScript, parseLock } from "../../cluster/lock/lock.ts";
import { lockId } from "../../steps/lock.ts";
import { textFile, until } from "../support/folder.ts";
import { ended, holdFolder } from "../support/holdFolder.ts";
import { reach, SnapshotNode } from "../support/snapshotNode.ts";
import { failureOf } from "../support/steps.ts";
import { cluster, HOSTS, holderOf, leftOn, TOOLS } from "./lockedCluster.ts";

describe("the lock on the cluster", () => {
  test("is not taken before the RKE that a killed run has left is done, as nothing holds for long until then", async () => {
    const { nodes, rollback } = cluster();
    const mine = rollback("aaaaaaaa");
    const rke = holdFolder(mine.clusterFile, { step: ended() });
    const locking = mine.lock();
    await until(() => mine.said.length > 0);
    expect(mine.said[0]).toMatch(/^an earlier run was killed, but its RKE still runs \(rke up\): waiting for it/);
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, undefined]);
    rke.release();
    await locking;
    expect(nodes.map(holderOf)).toEqual(["aaaaaaaa", "aaaaaaaa", "aaaaaaaa"]);
  });

  test("is not taken while another run of this machine has an RKE at work", async () => {
    const { nodes, rollback } = cluster();
    const mine = rollback("aaaaaaaa");
    const rke = holdFolder(mine.clusterFile);
    expect(await failureOf(mine.lock())).toMatchObject({
      kind: "busy",
      step: "lock",
      happened: [expect.stringContaining(`another run holds this cluster folder: process ${process.pid} since`)],
    });
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, undefined]);
    rke.release();
  });

  test("is on every etcd host, with who holds it, and nothing else is left there", async () => {
    const { nodes, rollback } = cluster();
    await rollback("aaaaaaaa").lock();
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
    const { nodes, rollback } = cluster();
    await rollback("aaaaaaaa", { hosts: ["node2"] }).lock();
    await rollback("aaaaaaaa").lock();
    await rollback("aaaaaaaa").lock();
    expect(nodes.map(holderOf)).toEqual(["aaaaaaaa", "aaaaaaaa", "aaaaaaaa"]);
  });

  test("is refused to anyone else, with the holder's name and how to break it, and nothing stays locked by the loser", async () => {
    const { nodes, rollback } = cluster();
    await rollback("aaaaaaaa", { hosts: ["node3"] }).lock();
    const { kind, happened, remedies } = await failureOf(rollback("bbbbbbbb", {}, "other").lock());
    expect([kind, happened[0]]).toEqual([
      "locked",
      expect.stringMatching(
        /^node3: this cluster is being rolled back by \S+@\S+, stack prod, to snapshot base, since 20/,
      ),
    ]);
    expect(remedies).toContainEqual(expect.objectContaining({ pulumi: "config set breakLockOf aaaaaaaa" }));
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, "aaaaaaaa"]);
  });

  test("is refused by one that somebody has written otherwise, with the file to remove: no command releases it", async () => {
    const { nodes, rollback } = cluster();
    for (const written of ["mine, keep out", '{"id":"mine"}']) {
      textFile(join(nodes[1].root, "rancher-rollback/lock"), written);
      const { remedies } = await failureOf(rollback("bbbbbbbb").lock());
      expect(remedies).toContainEqual(
        "only if that rollback is certainly dead, on each host with this lock, such as node2: rm /opt/rke/rancher-rollback/lock",
      );
    }
  });

  test("is taken nowhere when a host cannot be asked, and all such hosts are named", async () => {
    const { nodes, addresses, rollback } = cluster();
    const { "10.0.0.2": _, "10.0.0.3": __, ...reachable } = addresses;
    reach(reachable);
    expect(await failureOf(rollback("aaaaaaaa").lock())).toMatchObject({
      kind: "unreachable",
      happened: [expect.stringContaining("node2 (10.0.0.2)"), expect.stringContaining("node3 (10.0.0.3)")],
    });
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, undefined]);
  });

  test("names a host that locked and was lost then, and releases it with the others", async () => {
    const { nodes, rollback } = cluster();
    const [, two] = nodes;
    two.program(
      "rm",
      '[ -e "$here/lost" ] && exec /bin/rm "$@"; : >"$here/lost"; echo "Connection reset" >&2; exit 255',
    );
    expect(await failureOf(rollback("aaaaaaaa").lock())).toMatchObject({
      kind: "unreachable",
      happened: [expect.stringMatching(/^node2 \(10\.0\.0\.2\): .*Connection reset/)],
    });
    expect(existsSync(join(two.root, "lost"))).toBe(true);
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, undefined]);
  });

  test("says of a host that stays lost that it may still be locked, and how to release it there", async () => {
    const { nodes, rollback } = cluster();
    nodes[1].program("rm", 'echo "Connection reset" >&2; exit 255');
    const { kind, happened, remedies } = await failureOf(rollback("aaaaaaaa").lock());
    expect([kind, ...happened]).toEqual([
      "unreachable",
      expect.stringContaining("node2 (10.0.0.2)"),
      "node2 may still be locked",
    ]);
    expect(remedies).toContain("on node2: rm /opt/rke/rancher-rollback/lock");
    expect(nodes.map(holderOf)).toEqual([undefined, "aaaaaaaa", undefined]);
  });

  test("is released by its own rollback only, and once is enough", async () => {
    const { nodes, rollback } = cluster();
    await rollback("aaaaaaaa").lock();
    await rollback("bbbbbbbb").unlock();
    expect(nodes.map(holderOf)).toEqual(["aaaaaaaa", "aaaaaaaa", "aaaaaaaa"]);
    expect(await rollback("aaaaaaaa").unlock()).toEqual({ id: "aaaaaaaa" });
    expect(await rollback("aaaaaaaa").unlock()).toEqual({ id: "aaaaaaaa" });
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, undefined]);
  });

  test("that cannot be released on a host is a warning with what to type there, for the rollback is done", async () => {
    const { addresses, rollback } = cluster();
    await rollback("aaaaaaaa").lock();
    const { "10.0.0.2": _, ...reachable } = addresses;
    reach(reachable);
    const said = rollback("aaaaaaaa");
    await said.unlock();
    expect(said.notices).toEqual([
      { message: "node2 may still be locked", remedy: "on node2: rm /opt/rke/rancher-rollback/lock" },
    ]);
  });

  test("is broken by naming it, and only it", async () => {
    const { nodes, rollback } = cluster();
    await rollback("aaaaaaaa").lock();
    const { happened } = await failureOf(rollback("bbbbbbbb", { breakLockOf: "cccccccc" }).lock());
    expect(happened[0]).toContain("lock aaaaaaaa");
    const said = rollback("bbbbbbbb", { breakLockOf: "aaaaaaaa" });
    await said.lock();
    expect(said.warned).toEqual(HOSTS.map((name) => `${name}: the lock aaaaaaaa was released, as breakLockOf asks`));
    expect(nodes.map(holderOf)).toEqual(["bbbbbbbb", "bbbbbbbb", "bbbbbbbb"]);
  });

  test("that somebody wrote otherwise is held all the same", async () => {
    const { nodes, rollback } = cluster();
    mkdirSync(join(nodes[1].root, "rancher-rollback"));
    textFile(join(nodes[1].root, "rancher-rollback/lock"), "hands off\n");
    const { happened } = await failureOf(rollback("aaaaaaaa").lock());
    expect(happened[0]).toContain("node2: this cluster is being rolled back by someone");
    expect(readFileSync(join(nodes[1].root, "rancher-rollback/lock"), "utf8")).toBe("hands off\n");
  });

  test("is asked for right before the wipe: another's stops the restore, and where nobody holds it, it is taken", async () => {
    const { rollback } = cluster();
    await rollback("aaaaaaaa").lock();
    await rollback("aaaaaaaa").check();
    expect(await failureOf(rollback("bbbbbbbb").check())).toMatchObject({
      kind: "locked",
      happened: HOSTS.map((name) => expect.stringMatching(`^${name}: the lock is held by .*lock aaaaaaaa`)),
    });
    await rollback("aaaaaaaa").unlock();
    await rollback("bbbbbbbb").check();
    expect(await failureOf(rollback("aaaaaaaa").check())).toMatchObject({ kind: "locked" });
  });

  test("is on no host, and says so, where every etcd host is replaced, until the restore takes it on those that have come", async () => {
    const { nodes, rollback } = cluster();
    const own = rollback("aaaaaaaa", { hosts: [] });
    expect(await own.lock()).toEqual({ id: "aaaaaaaa", hosts: [] });
    expect(own.said).toEqual(["every etcd host is replaced: the restore locks the new ones"]);
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, undefined]);
    await rollback("aaaaaaaa").check();
    expect(nodes.map(holderOf)).toEqual(["aaaaaaaa", "aaaaaaaa", "aaaaaaaa"]);
    expect(await failureOf(rollback("bbbbbbbb").check())).toMatchObject({ kind: "locked" });
    await rollback("aaaaaaaa").unlock();
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, undefined]);
  });

  test("that this very run has taken and somebody has released is not taken again, on no host", async () => {
    const { nodes, rollback } = cluster();
    await rollback("aaaaaaaa", { hosts: ["node3"] }).lock();
    expect(await failureOf(rollback("aaaaaaaa").check(["node2", "node3"]))).toMatchObject({
      kind: "locked",
      happened: ["node2: the lock of this rollback was released while it ran"],
    });
    expect(nodes.map(holderOf)).toEqual([undefined, undefined, "aaaaaaaa"]);
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
