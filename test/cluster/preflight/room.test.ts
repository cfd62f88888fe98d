import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stateScript } from "../../../cluster/preflight/checks.ts";
import { type Places, parsePlaces, roomFailures } from "../../../cluster/preflight/room.ts";
import { someNode } from "../../support/settings.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";
import { somePlaces } from "./somePlaces.ts";

const MIB = 1024;
const plain = { file: "base", unpacked: 1000 * MIB * 1024 };
const zip = { ...plain, file: "base.zip" };

const said = (places: Places, snapshot = zip, way?: Parameters<typeof roomFailures>[3]) =>
  roomFailures("node2", places, snapshot, way).map(({ message }) => message);

/** etcd's data directory on a disk of its own. */
const apart = (opt: number, etcd: number, freed = 0) =>
  somePlaces(opt * MIB, { etcd: { fileSystem: "/dev/sdb1", free: etcd * MIB, freed: freed * MIB } });

describe("RKE's own restore", () => {
  test("holds a zip unpacked and restored in /opt/rke, where etcd has a disk of its own", () => {
    expect(said(apart(2128, 1128))).toEqual([]);
    expect(said(apart(2127, 1128))).toEqual([
      "node2: RKE's restore needs 2128 MiB in /opt/rke/etcd-snapshots and /opt/rke/etcd-snapshots-restore, which share a disk, there are 2127 MiB free",
    ]);
  });

  test("unpacks nothing where the snapshot is a plain file", () => {
    expect(said(apart(1128, 1128), plain)).toEqual([]);
    expect(said(apart(1127, 1128), plain)).toEqual([
      "node2: RKE's restore needs 1128 MiB in /opt/rke/etcd-snapshots-restore, there are 1127 MiB free",
    ]);
  });

  test("copies what it has restored into etcd's data directory, also on one disk", () => {
    expect(said(somePlaces(3192 * MIB))).toEqual([]);
    expect(said(somePlaces(3191 * MIB))).toEqual([
      "node2: RKE's restore needs 3192 MiB in /opt/rke/etcd-snapshots, /opt/rke/etcd-snapshots-restore and /var/lib/etcd, which share a disk, there are 3191 MiB free",
    ]);
    expect(said(somePlaces(2192 * MIB), plain)).toEqual([]);
    expect(said(somePlaces(2191 * MIB), plain)).toHaveLength(1);
  });

  test("has the room of the present data, which the wipe removes, on their own disk only", () => {
    expect(said(apart(2128, 128, 1000))).toEqual([]);
    expect(said(apart(2127, 9000, 1000))).toHaveLength(1);
    expect(said(apart(2128, 127, 1000))).toEqual([
      "node2: RKE's restore needs 1128 MiB in /var/lib/etcd, there are 127 MiB free, and 1000 MiB that the restore removes",
    ]);
    expect(said(somePlaces(2192 * MIB, { etcd: { freed: 1000 * MIB } }))).toEqual([]);
    expect(said(somePlaces(192 * MIB, { etcd: { freed: 2000 * MIB } }), plain)).toEqual([]);
  });

  test("unpacks a zip before the wipe, when the present data are still there", () => {
    const full = (free: number) => somePlaces(free * MIB, { etcd: { freed: 9000 * MIB } });
    expect(said(full(1064))).toEqual([]);
    expect(said(full(1063))).toEqual([
      "node2: RKE needs 1064 MiB in /opt/rke/etcd-snapshots to unpack base.zip, there are 1063 MiB free",
    ]);
    expect(said(full(0), plain)).toEqual([]);
  });

  test("unpacks where the snapshots lie, which may be a disk of its own", () => {
    const places = (snapshots: number, other: number) =>
      somePlaces(other * MIB, { snapshots: { fileSystem: "nfs:/snapshots", free: snapshots * MIB } });
    expect(said(places(1064, 2192))).toEqual([]);
    expect(said(places(1063, 2192))).toEqual([expect.stringContaining("1064 MiB in /opt/rke/etcd-snapshots,")]);
    expect(said(places(1064, 2191))).toEqual([
      expect.stringContaining("2192 MiB in /opt/rke/etcd-snapshots-restore and /var/lib/etcd,"),
    ]);
  });

  test("removes what an earlier restore left: in its folder, and unpacked beside the zip", () => {
    expect(said(somePlaces(2192 * MIB, { restore: { freed: 1000 * MIB } }))).toEqual([]);
    const unpacked = { freed: 1000 * MIB };
    expect(said(somePlaces(2192 * MIB, { snapshots: unpacked }))).toEqual([]);
    expect(said(somePlaces(64 * MIB, { snapshots: unpacked, etcd: { freed: 9000 * MIB } }))).toEqual([]);
  });

  test("does not remove the snapshot itself where it is a plain file", () => {
    expect(said(somePlaces(2191 * MIB, { snapshots: { freed: 1000 * MIB } }), plain)).toHaveLength(1);
  });

  test("is not what a restore in place needs room for", () => {
    expect(said(somePlaces(0), zip, "in-place")).toEqual([]);
    expect(said(somePlaces(0), zip, "rename-back")).toEqual([]);
    expect(said(somePlaces(0), zip, "rke")).toHaveLength(1);
  });

  test("says what to type on the node", () => {
    const [problem] = roomFailures("node2", apart(9000, 1), zip, "rke");
    expect(problem?.remedy).toBe("make room on node2: df -h /var/lib/etcd");
  });
});

test("a node says for each of the folders what is free, what goes, and on which file system it is", async () => {
  const node = new SnapshotNode([..."sh dd du tr".split(" ")]);
  node.program("docker", `case $* in *Mounts*etcd) echo "/var/lib/rancher/etcd $here/etcd" ;; esac`);
  node.program("df", `echo Filesystem; echo "/dev/\${2##*/} 2000000 1000000 1000000 50% /"`);
  for (const folder of ["etcd", "etcd-snapshots-restore"]) {
    mkdirSync(join(node.root, folder));
    writeFileSync(join(node.root, folder, "db"), Buffer.alloc(300_000, 1));
  }
  node.put("base", Buffer.alloc(300_000, 1));
  const read = async (snapshot?: string) => parsePlaces((await node.run(stateScript(someNode(1), snapshot))).stdout);
  const { etcd, restore, snapshots } = await read("base");
  expect(etcd).toMatchObject({ fileSystem: "/dev/etcd", free: 1_000_000 });
  expect(restore).toMatchObject({ fileSystem: "/dev/etcd-snapshots-restore", free: 1_000_000 });
  expect([etcd.freed > 290, restore.freed > 290, snapshots.freed > 290]).toEqual([true, true, true]);
  expect([(await read("other")).snapshots.freed, (await read()).snapshots.freed]).toEqual([0, 0]);
});
