import { describe, expect, test } from "vitest";
import { type ProofArgs, parseProof, snapshotProofScript } from "../../../cluster/snapshot/proof.ts";
import {
  GENUINE,
  GENUINE_CONTENT,
  GENUINE_NAME,
  provenBase,
  rkeZip,
  sha256,
  snapshotBytes,
  zipBytes,
} from "../../support/snapshot.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";

const SNAPSHOT = snapshotBytes();
const OTHER = snapshotBytes(8, "other");

async function proof(
  files: Record<string, Buffer>,
  { tools, savedAt, ...args }: Partial<ProofArgs> & { tools?: string[]; savedAt?: string } = {},
) {
  const node = new SnapshotNode(tools);
  for (const [name, content] of Object.entries(files)) {
    node.put(name, content);
    if (savedAt) node.setTime(name, savedAt);
  }
  const { code, stdout, stderr } = await node.run(snapshotProofScript({ name: "base", ...args }));
  expect(code).toBe(0);
  expect(node.files()).toEqual(files);
  const report = parseProof(stdout);
  const { message: failed, remedy: next } = "failed" in report ? report.failed : {};
  return { report, said: stderr, failed, next };
}

const damaged = (bytes: Buffer, at = 1024) =>
  Buffer.concat([bytes.subarray(0, at), Buffer.alloc(512, 7), bytes.subarray(at + 512)]);

/** That of the first member in the central directory (APPNOTE.TXT 4.3.12). */
const wrongChecksum = (zip: Buffer) => {
  const at = zip.indexOf("PK\u0001\u0002") + 16;
  return Buffer.concat([zip.subarray(0, at), Buffer.alloc(4, 7), zip.subarray(at + 4)]);
};

describe.concurrent("the proof of a snapshot on a node", () => {
  test("is its own hash, and tells its length and sha256", async () => {
    expect((await proof({ base: SNAPSHOT }, { savedAt: "2026-11-22T23:40:00Z" })).report).toEqual({
      snapshot: { ...provenBase(SNAPSHOT), takenAt: "2026-11-22T23:40:00Z" },
      fetched: false,
      kept: [],
    });
  });

  test.each(GENUINE)("stands for $fixture, whose content and state file it tells", async ({ file, bytes, state }) => {
    const savedAt = "2026-11-22T23:40:00Z";
    expect((await proof({ [file]: bytes }, { name: GENUINE_NAME, savedAt })).report).toEqual({
      snapshot: {
        file,
        bytes: bytes.length,
        sha256: sha256(bytes),
        content: sha256(GENUINE_CONTENT),
        unpacked: GENUINE_CONTENT.length,
        takenAt: savedAt,
        state,
      },
      fetched: false,
      kept: [],
    });
  });

  test("never believes the time inside a zip: where the file has none either, it is not known", async () => {
    for (const { file, bytes } of GENUINE) {
      const { report } = await proof({ [file]: bytes }, { name: GENUINE_NAME, savedAt: "1970-01-01T00:00:00Z" });
      expect(report).toHaveProperty("snapshot");
      expect(report).not.toHaveProperty("snapshot.takenAt");
    }
  });

  test("takes the time in the name for that of the snapshot", async () => {
    const name = "2026-11-20T02:00:00Z_etcd";
    const { report } = await proof({ [`${name}.zip`]: rkeZip(name, SNAPSHOT) }, { name });
    expect(report).toMatchObject({ snapshot: { takenAt: "2026-11-20T02:00:00Z", state: true } });
  });

  test.each<[string, Buffer]>([
    ["packs nothing", zipBytes({ "/backup/base": SNAPSHOT }, { stored: true })],
    ["has its sizes in the fields of zip64", zipBytes({ "/a": OTHER, "/backup/base": SNAPSHOT }, { zip64: true })],
    [
      "is a zip64 that packs nothing",
      zipBytes({ "/a": OTHER, "/backup/base": SNAPSHOT }, { zip64: true, stored: true }),
    ],
  ])("is the same for a zip that %s", async (_, zip) => {
    expect((await proof({ "base.zip": zip })).report).toMatchObject({
      snapshot: { file: "base.zip", content: sha256(SNAPSHOT), unpacked: SNAPSHOT.length, state: false },
    });
  });

  test("finds no state file under a path without its slash, as rke-tools", async () => {
    const state = Buffer.from('{"desiredState":{}}');
    const zip = zipBytes({ "/backup/base": SNAPSHOT, "etc/kubernetes/base.rkestate": state });
    expect((await proof({ "base.zip": zip })).report).toMatchObject({ snapshot: { state: false } });
  });

  test("does not take a damaged state file for one that RKE would find", async () => {
    const zip = zipBytes(
      { "/backup/base": SNAPSHOT, "/etc/kubernetes/base.rkestate": Buffer.from('{"desiredState":{}}'.repeat(40)) },
      { stored: false },
    );
    const at = zip.indexOf("/etc/kubernetes/base.rkestate") + "/etc/kubernetes/base.rkestateabc".length;
    const broken = Buffer.concat([zip.subarray(0, at + 5), Buffer.alloc(4, 255), zip.subarray(at + 9)]);
    expect((await proof({ "base.zip": zip })).report).toMatchObject({ snapshot: { state: true } });
    expect((await proof({ "base.zip": broken })).report).toMatchObject({ snapshot: { state: false } });
  });

  test("takes the sha256 of the zip as well as that of what is in it, in capitals too", async () => {
    const zip = rkeZip("base", SNAPSHOT);
    for (const expected of [sha256(zip), sha256(SNAPSHOT), sha256(SNAPSHOT).toUpperCase()])
      expect((await proof({ "base.zip": zip }, { sha256: expected })).report).toHaveProperty("snapshot");
    expect((await proof({ "base.zip": zip }, { sha256: "0".repeat(64) })).failed).toContain(
      `base.zip has the sha256 ${sha256(zip)}, not 000`,
    );
  });

  test("that fails names each file that is wrong, and nothing stands behind the last", async () => {
    const { failed } = await proof({ base: Buffer.alloc(32), "base.zip": Buffer.from("text") });
    const length = "is cut short or no etcd snapshot: its length is 32, which is not 32 modulo 512";
    expect(failed).toBe(`base.zip is not a zip; base ${length}`);
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
      "a zip that was renamed",
      { "base.zip": rkeZip("other", SNAPSHOT) },
      "without /backup/base; it holds: /backup/other /etc/kubernetes/other.rkestate",
    ],
    [
      "a zip that was packed again without slashes, in which rke-tools finds nothing",
      { "base.zip": zipBytes({ "etc/x": Buffer.from("x"), "backup/base": SNAPSHOT }) },
      "base.zip is a zip that was packed again: it holds backup/base, and RKE looks for /backup/base",
    ],
    ["a zip of a damaged one", { "base.zip": rkeZip("base", damaged(SNAPSHOT)) }, "base.zip is damaged"],
    ["a zip overwritten inside", { "base.zip": damaged(rkeZip("base", SNAPSHOT), 200) }, "base.zip is damaged"],
    [
      "a zip whose own checksum is wrong, which rke-tools compares",
      { "base.zip": wrongChecksum(rkeZip("base", SNAPSHOT)) },
      "base.zip is a damaged zip: the checksum of /backup/base in it is wrong",
    ],
    [
      "a zip64 whose directory is overwritten",
      { "base.zip": damaged(zipBytes({ "/backup/base": SNAPSHOT }, { zip64: true }), 200) },
      "base.zip is a damaged zip",
    ],
    ["a zip without its extension", { base: rkeZip("base", SNAPSHOT) }, "base is a zip, which RKE unpacks only under"],
    ["plain with a zip's extension", { "base.zip": SNAPSHOT }, "base.zip is not a zip"],
    ["not there", {}, "there is no base and no base.zip in"],
  ])("fails when it is %s, and changes nothing", async (_, files, why) => {
    expect((await proof(files)).failed).toContain(why);
  });

  test("calls nothing damaged that it cannot read for want of a tool", async () => {
    const tools = "sh dd wc tr od tail head cat sha256sum id date gzip".split(" ");
    for (const [file, bytes] of Object.entries({ base: SNAPSHOT, "base.zip": rkeZip("base", SNAPSHOT) })) {
      const { failed } = await proof({ [file]: bytes }, { tools });
      expect(failed).toBe(`${file} cannot be proven here, which takes tee and /dev/fd: apt-get install coreutils`);
    }
  });

  test("says what is missing where there is no gzip, and does without it for a plain one", async () => {
    const tools = "sh dd wc tr od tail head tee cat sha256sum id date".split(" ");
    expect((await proof({ "base.zip": rkeZip("base", SNAPSHOT) }, { tools })).failed).toContain("apt-get install gzip");
    expect((await proof({ base: SNAPSHOT }, { tools })).report).toHaveProperty("snapshot");
  });
});

describe.concurrent("of a plain file and a zip of one name, of which RKE restores the zip", () => {
  const zip = rkeZip("base", SNAPSHOT);

  test("the zip is proven where both hold the same snapshot", async () => {
    expect((await proof({ base: SNAPSHOT, "base.zip": zip })).report).toMatchObject({ snapshot: { file: "base.zip" } });
  });

  test("none is where they hold two, unless the sha256 names the zip's", async () => {
    const files = { base: OTHER, "base.zip": zip };
    expect((await proof(files)).failed).toContain("two different snapshots");
    expect((await proof(files, { sha256: sha256(SNAPSHOT) })).report).toMatchObject({ snapshot: { file: "base.zip" } });
    const { failed, next } = await proof(files, { sha256: sha256(OTHER) });
    expect(failed).toMatch(/base\.zip has the sha256 .*; RKE would unpack it over base$/);
    expect(next).toMatch(/mv .*base\.zip /);
  });

  test("the plain file is none where the zip is damaged", async () => {
    const { failed } = await proof({ base: SNAPSHOT, "base.zip": zip.subarray(0, -30) });
    expect(failed).toMatch(/base\.zip is a zip that is cut short; RKE would unpack it over base$/);
  });

  test("the plain file may be damaged: it is overwritten", async () => {
    expect((await proof({ base: damaged(SNAPSHOT), "base.zip": zip })).report).toMatchObject({
      snapshot: { file: "base.zip" },
    });
  });
});

describe.concurrent("for an RKE before v0.2.5, which reads no zip,", () => {
  const zip = rkeZip("base", SNAPSHOT);
  const old = { rkeReadsZips: false };

  test("the plain file is what counts, whatever the zip beside it is", async () => {
    for (const beside of [zip, rkeZip("base", OTHER), Buffer.from("PK")]) {
      expect((await proof({ base: SNAPSHOT, "base.zip": beside }, old)).report).toMatchObject({
        snapshot: { file: "base", state: false },
      });
    }
  });

  test("a zip alone is no snapshot, under either name", async () => {
    const alone = await proof({ "base.zip": zip }, old);
    expect(alone.failed).toContain("RKE before v0.2.5 cannot read base.zip");
    expect(alone.next).toMatch(/^unpack .*base\.zip into .*base$/);
    expect((await proof({ base: zip }, old)).failed).toContain("base is a zip, which RKE before v0.2.5 cannot read");
  });
});

test("a script that ended without a word is no proof", () => {
  expect(parseProof("")).toHaveProperty("failed");
});
