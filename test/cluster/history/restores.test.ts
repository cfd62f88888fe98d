import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  consentFor,
  finishedRestore,
  mayBeAlive,
  mergeRestores,
  nextNumber,
  parseRestores,
  READ_SCRIPT,
  writeScript,
} from "../../../cluster/history/restores.ts";
import { textFile } from "../../support/folder.ts";
import { finishedRecord, restoreRecord } from "../../support/restores.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";
import { ago } from "../../support/time.ts";

const TOOLS = "sh dd cat mkdir mv sync".split(" ");

async function readFrom(node: SnapshotNode) {
  const { code, stdout } = await node.run(READ_SCRIPT);
  expect(code).toBe(0);
  return parseRestores(stdout);
}

async function write(node: SnapshotNode, record = restoreRecord()) {
  return (await node.run(writeScript(record))).code;
}

const folderOf = ({ root }: SnapshotNode) => join(root, "rancher-rollback", "restores");

describe("the restores that a host remembers", () => {
  test("are none where none was done", async () => {
    expect(await readFrom(new SnapshotNode(TOOLS))).toEqual([]);
  });

  test("are read as they were written, and only root can read them", async () => {
    const node = new SnapshotNode(TOOLS);
    const record = finishedRecord({
      content: "5a".repeat(32),
      safetyCopy: { name: "safety-20261123T140000Z", rancherImage: "rancher/rancher:v2.5.9" },
    });
    expect(await write(node, record)).toBe(0);
    expect(await readFrom(node)).toEqual([record]);
    expect(readdirSync(folderOf(node))).toEqual(["base.1.json"]);
    expect(statSync(join(folderOf(node), "base.1.json")).mode & 0o777).toBe(0o600);
  });

  test("have one record a snapshot and run: the end takes the place of the beginning", async () => {
    const node = new SnapshotNode(TOOLS);
    for (const record of [restoreRecord(), finishedRecord(), restoreRecord({ run: 2 })]) await write(node, record);
    expect(await readFrom(node)).toEqual([finishedRecord(), restoreRecord({ run: 2 })]);
  });

  // snapshotNameMistake allows these; stack and holder may be called anything.
  test.each(["2026-11-23T14:00:00Z_etcd", "c-x7k2p-rs_a.b+c@d:1", "base.2", "x".repeat(200)])(
    "may be of a snapshot with an unusual name: %s",
    async (snapshot) => {
      const node = new SnapshotNode(TOOLS);
      const record = restoreRecord({ snapshot, stack: "it's \\n %s $(id) `id`", holder: "ö@laptop" });
      expect(await write(node, record)).toBe(0);
      expect(await readFrom(node)).toEqual([record]);
    },
  );

  test("stay as they were when a new one cannot be written", async () => {
    const node = new SnapshotNode(TOOLS);
    await write(node);
    node.program("mv", "exit 1");
    expect(await write(node, finishedRecord())).not.toBe(0);
    expect(await readFrom(node)).toEqual([restoreRecord()]);
  });

  test("are read without files that are no record, and without what is half written", async () => {
    const node = new SnapshotNode(TOOLS);
    await write(node);
    textFile(join(folderOf(node), "a.1.json"), "not JSON\n");
    textFile(join(folderOf(node), "b.1.json"), '{"snapshot":"b"}\n');
    textFile(join(folderOf(node), "c.1.json"), "");
    textFile(join(folderOf(node), ".part-1"), JSON.stringify(restoreRecord({ snapshot: "half" })));
    expect(await readFrom(node)).toEqual([restoreRecord()]);
  });
});

describe("what several hosts remember", () => {
  const later = restoreRecord({ snapshot: "later", startedAt: ago(60) });

  test("is every restore once, oldest first", () => {
    expect(mergeRestores([[later, restoreRecord()], [later], []])).toEqual([restoreRecord(), later]);
  });

  test("is in the order in which they were done, though the clocks of those who did them differ", () => {
    const ahead = finishedRecord({ number: 1, startedAt: ago(-600) });
    const undo = restoreRecord({ snapshot: "safety-1", number: nextNumber([ahead]), startedAt: ago(60) });
    expect(mergeRestores([[ahead, undo], [undo], [ahead]])).toEqual([ahead, undo]);
    // One of a release that did not count them was before.
    expect(mergeRestores([[ahead, finishedRecord({ snapshot: "first", startedAt: ago(-900) })]]).at(-1)).toEqual(ahead);
    expect([nextNumber([]), nextNumber([restoreRecord()]), nextNumber([ahead, undo])]).toEqual([1, 1, 3]);
  });

  test("is the end of a restore, where one host knows it", () => {
    const [begun, finished] = [restoreRecord(), finishedRecord()];
    for (const hosts of [
      [[begun], [finished], [begun]],
      [[finished], [begun]],
    ]) {
      expect(mergeRestores(hosts)).toEqual([finished]);
    }
  });

  test("is what the last try of a restore has left, and that it has failed where one host knows it", () => {
    const [begun, failed] = [restoreRecord({ number: 1 }), restoreRecord({ number: 1, failedAt: ago(60) })];
    const again = restoreRecord({ number: 2, startedAt: ago(30) });
    for (const [hosts, last] of [
      [[[begun], [failed]], failed],
      [[[failed], [begun]], failed],
      [[[failed], [again]], again],
      [[[again], [failed]], again],
    ] as const) {
      expect(mergeRestores(hosts.map((host) => [...host]))).toEqual([last]);
    }
    expect([begun, failed, finishedRecord()].map(mayBeAlive)).toEqual([true, false, false]);
  });

  test("keeps the runs of one snapshot apart", () => {
    const second = finishedRecord({ run: 2, startedAt: ago(60) });
    expect(mergeRestores([[finishedRecord()], [second]])).toEqual([finishedRecord(), second]);
  });
});

describe("a request", () => {
  test("repeats the finished restore of its snapshot and run, and nothing else", () => {
    const records = [finishedRecord(), restoreRecord({ run: 2 }), finishedRecord({ snapshot: "other", run: 3 })];
    expect(finishedRestore(records, { snapshot: "base", run: 1 })).toEqual(finishedRecord());
    for (const asked of [
      { snapshot: "base", run: 2 },
      { snapshot: "base", run: 3 },
      { snapshot: "other", run: 1 },
    ]) {
      expect(finishedRestore(records, asked)).toBeUndefined();
    }
  });

  test("is confirmed by the snapshot's name, and from the second run on by its number, too", () => {
    expect(consentFor({ snapshot: "base", run: 1 })).toBe("base");
    expect(consentFor({ snapshot: "base", run: 2 })).toBe("base#2");
  });
});
