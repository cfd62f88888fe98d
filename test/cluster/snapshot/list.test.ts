import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LIST_SCRIPT, type ListedFile, listedSnapshots, parseList } from "../../../cluster/snapshot/list.ts";
import { GENUINE, GENUINE_CONTENT, rkeZip, snapshotBytes } from "../../support/snapshot.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";

const TOOLS = "sh dd wc tr od tail head date stat gzip".split(" ");

function nodeWith(files: Record<string, Buffer | string>): SnapshotNode {
  const node = new SnapshotNode(TOOLS);
  for (const [name, content] of Object.entries(files)) node.put(name, content);
  return node;
}

async function filesOf(node: SnapshotNode, now = Date.now()): Promise<ListedFile[]> {
  const { code, stdout, stderr } = await node.run(LIST_SCRIPT);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return parseList(stdout, now);
}

describe("the list of a host's snapshots", () => {
  test("has the size of each snapshot, plain or in a zip, and what copies of it have in common", async () => {
    const snapshot = snapshotBytes();
    const zip = rkeZip("zipped", snapshot);
    const node = nodeWith({ plain: snapshot, "zipped.zip": zip, "also zipped.zip": rkeZip("also zipped", snapshot) });
    const [also, plain, zipped] = await filesOf(node);
    expect(plain).toMatchObject({ file: "plain", bytes: snapshot.length, unpacked: snapshot.length });
    expect(plain?.mark).toBe(snapshot.subarray(-32).toString("hex"));
    expect(zipped).toMatchObject({ file: "zipped.zip", bytes: zip.length, unpacked: snapshot.length });
    expect(also).toMatchObject({ file: "also zipped.zip", mark: zipped?.mark });
  });

  test.each(GENUINE)("reads $fixture", async ({ file, bytes }) => {
    const [listed] = await filesOf(nodeWith({ [file]: bytes }));
    expect(listed).toMatchObject({ file, bytes: bytes.length, unpacked: GENUINE_CONTENT.length });
  });

  test("says of a file that is no snapshot why not", async () => {
    const node = nodeWith({
      "cut.zip": rkeZip("cut", snapshotBytes()).subarray(0, 900),
      "other.zip": rkeZip("renamed", snapshotBytes()),
      short: snapshotBytes().subarray(0, 900),
      unzipped: rkeZip("unzipped", snapshotBytes()),
    });
    const files = await filesOf(node);
    expect(files.map(({ file, wrong }) => [file, wrong])).toEqual([
      ["cut.zip", { code: "zip-cut-short", values: {} }],
      [
        "other.zip",
        {
          code: "zip-without",
          values: { path: "/backup/other", holds: "/backup/renamed /etc/kubernetes/renamed.rkestate" },
        },
      ],
      ["short", { code: "cut-short", values: { length: "900" } }],
      ["unzipped", { code: "zip-name", values: { name: "unzipped" } }],
    ]);
    for (const { file, bytes } of files) expect(bytes).toBe(statSync(join(node.snapshots, file)).size);
  });

  test("leaves out folders, hidden parts and replaced files, and is empty where there is nothing", async () => {
    const node = nodeWith({ ".base.part": "half", "base.replaced-20261123T000000Z-12": snapshotBytes() });
    expect(await filesOf(node)).toEqual([]);
  });

  test("knows by the operator's clock when a file was last put there, whatever the node's says", async () => {
    const node = nodeWith({ base: snapshotBytes() });
    const hour = 3_600_000;
    const [file] = await filesOf(node, Date.now() - hour);
    expect(Math.abs((file?.changedAt ?? 0) - (Date.now() - hour))).toBeLessThan(60_000);
  });
});

const file = (name: string, changes: Partial<ListedFile> = {}): ListedFile => ({
  ...{ file: name, bytes: 100, writtenAt: 1_790_000_000, changedAt: 0, unpacked: 200, mark: "a" },
  ...changes,
});
const ZIPS = { rkeReadsZips: true };

describe("the snapshots of several hosts", () => {
  test("are the same where all copies have one mark, and named where a host has none", () => {
    const [first] = listedSnapshots(
      [
        { node: "node1", files: [file("base.zip")] },
        { node: "node2", files: [file("base.zip", { bytes: 101 })] },
        { node: "node3", files: [] },
      ],
      ZIPS,
    );
    expect(first).toMatchObject({ name: "base", same: true, missingOn: ["node3"] });
  });

  test("are not what can be no snapshot by its name, such as RKE's certificates beside them", () => {
    const files = ["pki.bundle.tar.gz", "a note.txt", "base.zip"].map((name) => file(name));
    expect(listedSnapshots([{ node: "node1", files }], ZIPS).map(({ name }) => name)).toEqual(["base"]);
  });

  test("differ where one has another mark or another length", () => {
    for (const change of [{ mark: "b" }, { unpacked: 201 }]) {
      const hosts = [file("base"), file("base", change)].map((one, at) => ({ node: `node${at}`, files: [one] }));
      expect(listedSnapshots(hosts, ZIPS)[0]?.same).toBe(false);
    }
  });

  test("may be the same for all that is known, where one is a zip and the other is not, or one is damaged", () => {
    const { mark: _, ...damaged } = file("base.zip", { wrong: { code: "cut-short", values: { length: "31" } } });
    for (const other of [file("base"), damaged]) {
      const hosts = [file("base.zip"), other].map((one, at) => ({ node: `node${at}`, files: [one] }));
      expect(listedSnapshots(hosts, ZIPS)[0]).not.toHaveProperty("same");
    }
  });

  test("are the zip where a plain file is beside it, unless RKE cannot read zips", () => {
    const hosts = [{ node: "node1", files: [file("base"), file("base.zip")] }];
    const taken = (rkeReadsZips: boolean) => listedSnapshots(hosts, { rkeReadsZips })[0]?.copies[0]?.file.file;
    expect([taken(true), taken(false)]).toEqual(["base.zip", "base"]);
  });

  test("come newest first, by the time in their names before that of their files, and last where none is known", () => {
    const files = [
      file("old", { writtenAt: 1_780_000_000 }),
      file("2026-11-20T02:00:00Z_etcd"),
      file("unknown", { writtenAt: 0 }),
      file("copied", { writtenAt: 1_785_000_000 }),
    ];
    const listed = listedSnapshots([{ node: "node1", files }], ZIPS);
    expect(listed.map(({ name }) => name)).toEqual(["2026-11-20T02:00:00Z_etcd", "copied", "old", "unknown"]);
    expect(listed.at(-1)).not.toHaveProperty("takenAt");
  });

  test("are as old as their oldest copy", () => {
    const hosts = [1_790_000_000, 1_780_000_000].map((writtenAt, at) => ({
      node: `node${at}`,
      files: [file("base", { writtenAt })],
    }));
    expect(listedSnapshots(hosts, ZIPS)[0]?.takenAt).toBe(
      new Date(1_780_000_000_000).toISOString().replace(".000", ""),
    );
  });
});
