import { describe, expect, test } from "vitest";
import { parseProof, snapshotProofScript } from "../../../cluster/snapshot/proof.ts";
import { rkeZip, sha256, snapshotBytes, zipBytes } from "../../support/snapshot.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";

const SNAPSHOT = snapshotBytes();

async function proof(files: Record<string, Buffer>, { expected = "", tools = undefined as string[] | undefined } = {}) {
  const node = new SnapshotNode(tools);
  for (const [name, content] of Object.entries(files)) node.put(name, content);
  const { code, stdout, stderr } = await node.run(snapshotProofScript("base", expected));
  expect(code).toBe(0);
  expect(node.files()).toEqual(files);
  const report = parseProof(stdout);
  return { report, said: stderr, failed: "failed" in report ? report.failed.message : undefined };
}

const damaged = (bytes: Buffer, at = 1024) =>
  Buffer.concat([bytes.subarray(0, at), Buffer.alloc(512, 7), bytes.subarray(at + 512)]);

describe.concurrent("the proof of a snapshot on a node", { timeout: 60_000 }, () => {
  test("is its own hash, and tells its length and sha256", async () => {
    expect((await proof({ base: SNAPSHOT })).report).toEqual({
      snapshot: {
        file: "base",
        bytes: SNAPSHOT.length,
        sha256: sha256(SNAPSHOT),
        content: sha256(SNAPSHOT),
        unpacked: SNAPSHOT.length,
        takenAt: expect.stringMatching(/^20.*Z$/),
      },
      fetched: false,
      kept: [],
    });
  });

  test("is the same for a zip as RKE makes it, without unzip; its content is the snapshot's", async () => {
    const zip = rkeZip("base", SNAPSHOT);
    expect((await proof({ "base.zip": zip })).report).toMatchObject({
      snapshot: {
        file: "base.zip",
        bytes: zip.length,
        sha256: sha256(zip),
        content: sha256(SNAPSHOT),
        unpacked: SNAPSHOT.length,
        takenAt: expect.stringMatching(/^20.*Z$/),
      },
    });
  });

  test("is the same for a zip that packs nothing", async () => {
    const zip = zipBytes({ "backup/base": SNAPSHOT }, { stored: true });
    expect((await proof({ "base.zip": zip })).report).toMatchObject({ snapshot: { content: sha256(SNAPSHOT) } });
  });

  test("takes the sha256 of the zip as well as that of what is in it, in capitals too", async () => {
    const zip = rkeZip("base", SNAPSHOT);
    for (const expected of [sha256(zip), sha256(SNAPSHOT), sha256(SNAPSHOT).toUpperCase()])
      expect((await proof({ "base.zip": zip }, { expected })).report).toHaveProperty("snapshot");
    expect((await proof({ "base.zip": zip }, { expected: "0".repeat(64) })).failed).toContain(
      `base.zip has the sha256 ${sha256(zip)}, not 000`,
    );
  });

  test.each<[string, Record<string, Buffer>, string]>([
    ["overwritten", { base: damaged(SNAPSHOT) }, "base is damaged"],
    ["cut short", { base: SNAPSHOT.subarray(0, 1000) }, "base is cut short or no etcd snapshot: its length is 1000"],
    ["cut short by a page", { base: SNAPSHOT.subarray(0, SNAPSHOT.length - 512) }, "base is damaged"],
    ["empty", { base: Buffer.alloc(0) }, "base is cut short or no etcd snapshot: its length is 0"],
    ["only a hash", { base: Buffer.alloc(32) }, "its length is 32"],
    ["text", { base: Buffer.from("<html>not found</html>") }, "no etcd snapshot"],
    [
      "a zip cut short",
      { "base.zip": rkeZip("base", SNAPSHOT).subarray(0, -30) },
      "base.zip is a zip that is cut short",
    ],
    ["a zip of four letters", { "base.zip": Buffer.from("PK\u0003\u0004") }, "base.zip is a zip that is cut short"],
    [
      "a zip of another",
      { "base.zip": rkeZip("other", SNAPSHOT) },
      "without backup/base; it holds: etc/kubernetes/other.rkestate backup/other",
    ],
    ["a zip of a damaged one", { "base.zip": rkeZip("base", damaged(SNAPSHOT)) }, "base.zip is damaged"],
    ["a zip overwritten inside", { "base.zip": damaged(rkeZip("base", SNAPSHOT), 200) }, "base.zip is damaged"],
    ["not there", {}, "there is no base and no base.zip in"],
  ])("fails when it is %s, and changes nothing", async (_, files, why) => {
    expect((await proof(files)).failed).toContain(why);
  });

  test("says what is missing where there is no gzip, and does without it for a plain one", async () => {
    const tools = "sh dd wc tr od tail head cat sha256sum id".split(" ");
    expect((await proof({ "base.zip": rkeZip("base", SNAPSHOT) }, { tools })).failed).toContain("apt-get install gzip");
    expect((await proof({ base: SNAPSHOT }, { tools })).report).toHaveProperty("snapshot");
  });

  test("stands when both names hold the same snapshot, and fails when they hold two", async () => {
    const files = { base: SNAPSHOT, "base.zip": rkeZip("base", SNAPSHOT) };
    expect((await proof(files)).report).toHaveProperty("snapshot");
    expect((await proof({ ...files, base: snapshotBytes(8, "other") })).failed).toContain("two different snapshots");
    const expected = sha256(SNAPSHOT);
    const chosen = await proof({ ...files, base: snapshotBytes(8, "other") }, { expected });
    expect(chosen.report).toMatchObject({ snapshot: { file: "base.zip" } });
  });
});

test("a script that ended without a word is no proof", () => {
  expect(parseProof("")).toHaveProperty("failed");
});
