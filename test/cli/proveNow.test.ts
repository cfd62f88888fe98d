import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { provenSnapshots } from "../../cluster/opened/provenSnapshots.ts";
import { fakeDf } from "../support/fetching.ts";
import { textFile } from "../support/folder.ts";
import { foldersOf } from "../support/openedDocker.ts";
import { rkeZip, snapshotBytes } from "../support/snapshot.ts";
import { putOnAll, snapshotHosts, someKeys, someUsers, TAKEN_AT } from "../support/snapshotHosts.ts";
import type { SnapshotNode } from "../support/snapshotNode.ts";
import { NIGHTLY, proved, SNAPSHOT } from "./provedSnapshot.ts";

/** Makes it this time until the test has ended. */
function itIs(now: number): void {
  vi.useFakeTimers({ now, toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
}

/** Makes it an hour later, on the hosts too. */
function inAnHour(hosts: SnapshotNode[]): void {
  itIs(Date.now() + 3_600_000);
  const seconds = Math.floor(Date.now() / 1000);
  for (const host of hosts) {
    host.program("date", `if [ "$1" = +%s ]; then echo ${seconds}; else exec /bin/date "$@"; fi`);
  }
}

describe("the proof of a snapshot", () => {
  test("is of the newest one, by the hash of every copy and by opening it, and is remembered", async () => {
    const { settings, hosts } = snapshotHosts();
    putOnAll(hosts, `${NIGHTLY}.zip`, rkeZip(NIGHTLY, SNAPSHOT));
    putOnAll(hosts, "2026-11-26T02:10:00Z_etcd", snapshotBytes(9));
    const { proven, snapshot, takenAt, nodes, checks, text } = await proved(settings);
    expect({ proven, snapshot, takenAt, nodes }).toEqual({
      ...{ proven: true, snapshot: NIGHTLY, takenAt: TAKEN_AT, nodes: ["node1", "node2", "node3"] },
    });
    expect(checks).toMatchObject([
      ...["node1", "node2", "node3"].map((of) => ({ check: "hash", of })),
      ...[{ check: "opened" }, { check: "age" }],
    ]);
    expect(text).toContain(`${NIGHTLY} is proven, taken 2026-11-27 09:10:00 UTC`);
    expect(provenSnapshots(settings.cluster.path)).toEqual([
      expect.objectContaining({ name: NIGHTLY, by: "prove", compared: true, nodes: ["node1", "node2", "node3"] }),
    ]);
    for (const host of hosts) expect([host.names().length, foldersOf(host)]).toEqual([2, []]);
  });

  test("is of the one that is named", async () => {
    const { settings, hosts } = snapshotHosts();
    for (const name of [NIGHTLY, "base"]) putOnAll(hosts, name, SNAPSHOT);
    expect((await proved(settings, { snapshot: "base" })).snapshot).toBe("base");
    expect((await proved(settings, { snapshot: "base.zip" })).snapshot).toBe("base");
  });

  test("fails where one copy is damaged, though the others can be opened", async () => {
    const { settings, hosts } = snapshotHosts();
    putOnAll(hosts, "base", SNAPSHOT);
    const damaged = Buffer.from(SNAPSHOT);
    damaged[100] = 1 ^ (damaged[100] ?? 0);
    hosts[1]?.put("base", damaged);
    const { proven, nodes, messages, inspection } = await proved(settings);
    expect([proven, nodes, inspection?.on]).toEqual([false, ["node1", "node3"], "node1"]);
    expect(messages).toEqual([expect.stringContaining("node2 (198.18.0.12): base is damaged")]);
  });

  test("opens it on the next host where the first has no room, and says of each why not where none can", async () => {
    const { settings, hosts } = snapshotHosts();
    putOnAll(hosts, "base", SNAPSHOT);
    const [first, second, third] = hosts as [SnapshotNode, SnapshotNode, SnapshotNode];
    fakeDf(first, 1000);
    expect(await proved(settings)).toMatchObject({ proven: true, inspection: { on: "node2" } });
    textFile(join(second.root, "broken"), "run*--detach*\n");
    fakeDf(third, 1000);
    const { proven, messages } = await proved(settings);
    expect([proven, messages]).toEqual([
      false,
      [
        expect.stringMatching(
          /^node1: opening the snapshot needs .*; node2: etcd does not start on base: .*; node3: opening/,
        ),
      ],
    ]);
  });

  test("opens it on a host whose etcd answers before one whose etcd only runs", async () => {
    const { settings, hosts } = snapshotHosts();
    putOnAll(hosts, "base", SNAPSHOT);
    textFile(join((hosts[0] as SnapshotNode).root, "broken"), "exec*:2379?etcd?etcdctl*\n");
    expect(await proved(settings)).toMatchObject({ proven: true, inspection: { on: "node2" } });
  });

  test("opens it on no other host where etcd cannot restore it", async () => {
    const { settings, hosts } = snapshotHosts();
    putOnAll(hosts, "base", SNAPSHOT);
    textFile(join((hosts[0] as SnapshotNode).root, "broken"), "run*snapshot?restore?/*\n");
    expect((await proved(settings)).messages).toEqual(["node1: etcd cannot restore base: no luck with run"]);
  });

  test("fails where the snapshot lacks most live objects, and is not remembered then", async () => {
    const { settings, hosts } = snapshotHosts({ live: [...someKeys(), ...someUsers(15, 40)] });
    putOnAll(hosts, "base", SNAPSHOT);
    const { proven, messages, text } = await proved(settings);
    expect(proven).toBe(false);
    expect(messages).toEqual(["base lacks most live objects: it holds 0 of 40 objects of Rancher"]);
    expect(text).toContain("NOT proven: base:\n  base lacks most");
    expect(provenSnapshots(settings.cluster.path)).toEqual([]);
  });

  test("fails where the snapshot is older than allowed, by the time in it: it is proven all the same for later", async () => {
    itIs(Date.parse(TAKEN_AT) + 25 * 3_600_000);
    const { settings, hosts } = snapshotHosts();
    putOnAll(hosts, "base", SNAPSHOT);
    const { proven, messages } = await proved(settings, { maxAgeHours: 24 });
    expect([proven, messages]).toEqual([false, ["base is 1 d 1 h old, and at most 1 d are allowed"]]);
    expect((await proved(settings, { maxAgeHours: 26 })).proven).toBe(true);
    expect(provenSnapshots(settings.cluster.path)).toHaveLength(1);
  });

  test("fails where there is no snapshot, or none of that name", async () => {
    const { settings, hosts } = snapshotHosts();
    expect((await proved(settings)).messages).toEqual(["there is no snapshot on any etcd host"]);
    putOnAll(hosts, "base", SNAPSHOT);
    const { messages, snapshot } = await proved(settings, { snapshot: "other" });
    expect([messages, snapshot]).toEqual([["there is no snapshot other on any etcd host"], undefined]);
  });

  test("passes over a file that is still being written, but not over one that stays damaged", async () => {
    const { settings, hosts } = snapshotHosts();
    putOnAll(hosts, "2026-11-26T02:10:00Z_etcd", SNAPSHOT);
    putOnAll(hosts, `${NIGHTLY}.zip`, rkeZip(NIGHTLY, SNAPSHOT).subarray(0, 700));
    expect((await proved(settings)).snapshot).toBe("2026-11-26T02:10:00Z_etcd");
    inAnHour(hosts);
    const { snapshot, messages, checks } = await proved(settings);
    expect([snapshot, messages.length]).toEqual([NIGHTLY, 3]);
    expect(checks.at(-1)?.skipped).toBe("no-whole-copy");
  });

  test("passes over what others have put beside the snapshots, however new it is", async () => {
    const { settings, hosts } = snapshotHosts();
    putOnAll(hosts, "2026-11-26T02:10:00Z_etcd", SNAPSHOT);
    for (const file of ["pki.bundle.tar.gz", "cluster.rkestate", "read me", "base.sha256"]) {
      putOnAll(hosts, file, Buffer.from("no snapshot"));
    }
    inAnHour(hosts);
    expect(await proved(settings)).toMatchObject({ proven: true, snapshot: "2026-11-26T02:10:00Z_etcd" });
  });

  test("warns of a newer file that may be a damaged snapshot with a name of one's own, but not of what belongs to one", async () => {
    const { settings, hosts } = snapshotHosts();
    putOnAll(hosts, "nightly-27", SNAPSHOT);
    const besides = ["nightly-27.sha256", "cluster.rkestate"];
    for (const file of ["nightly-28", ...besides]) putOnAll(hosts, file, SNAPSHOT.subarray(0, 700));
    for (const host of hosts) host.setTime("nightly-27", "2026-11-27T02:00:00Z");
    expect((await proved(settings)).warnings).toEqual([]);
    inAnHour(hosts);
    const { snapshot, warnings } = await proved(settings);
    expect(snapshot).toBe("nightly-27");
    expect(warnings.map(({ message }) => message)).toEqual([
      "nightly-28 on node1, node2, node3 is newer than nightly-27, but was passed over: it is cut short or no etcd snapshot: its length is 700, which is not 32 modulo 512",
    ]);
    expect((await proved(settings, { snapshot: "nightly-27" })).warnings).toEqual([]);
  });

  test("tells the hosts that do not have the newest one: each has saved one of its own, under a name of its second", async () => {
    const { settings, hosts } = snapshotHosts();
    const names = ["2026-11-27T02:10:00Z_etcd", "2026-11-27T02:10:05Z_etcd", "2026-11-27T02:10:10Z_etcd"];
    for (const [at, host] of hosts.entries()) host.put(names[at] ?? "", SNAPSHOT);
    const { proven, snapshot, missingOn, checks, warnings, text } = await proved(settings);
    expect({ proven, snapshot, missingOn }).toEqual({
      ...{ proven: true, snapshot: names[2], missingOn: ["node1", "node2"] },
    });
    expect(checks.slice(-2)).toMatchObject([
      { check: "newest-of-host", of: "node1", problems: [] },
      { check: "newest-of-host", of: "node2", problems: [] },
    ]);
    expect(warnings).toEqual([
      {
        message: `${names[2]} is not on node1, node2, and a rollback to it needs it on every etcd host`,
        remedy: expect.objectContaining({ pulumi: "config set snapshotSource node:198.18.0.13" }),
      },
    ]);
    expect(text).toContain(`warning: ${names[2]} is not on node1, node2`);
    expect((await proved(settings, { snapshot: names[2] ?? "" })).checks).toHaveLength(3);
  });

  test("fails where another host has saved none, or none for longer than allowed", async () => {
    const { settings, hosts } = snapshotHosts();
    hosts[2]?.put(NIGHTLY, SNAPSHOT);
    hosts[1]?.put("2026-08-01T02:10:00Z_etcd", SNAPSHOT);
    const { proven, messages } = await proved(settings, { maxAgeHours: 24 * 60 });
    expect([proven, messages]).toEqual([
      false,
      [
        "there is no snapshot on node1",
        expect.stringMatching(
          /^2026-08-01T02:10:00Z_etcd, the newest on node2, is \d+ d( \d+ h)? old, and at most 60 d are/,
        ),
      ],
    ]);
  });

  test("goes on without a host that does not answer, and names it", async () => {
    const { settings, hosts } = snapshotHosts({ reachable: [0, 2] });
    putOnAll(hosts, "base", SNAPSHOT);
    const { proven, unread, text } = await proved(settings);
    expect([proven, unread.map(({ node }) => node)]).toEqual([true, ["node2"]]);
    expect(text).toContain("could not be read: node2");
    const none = snapshotHosts({ reachable: [] });
    const nothing = await proved(none.settings);
    expect(nothing.messages.at(-1)).toBe("there is no snapshot on any etcd host that answers");
    expect(nothing.text.match(/^ *(could not be read: )?node1\b/gm)).toHaveLength(1);
  });
});
