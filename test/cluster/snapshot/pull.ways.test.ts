import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseProof, snapshotProofScript } from "../../../cluster/snapshot/proof.ts";
import { type Delivery, fakeDf } from "../../support/fetching.ts";
import { until } from "../../support/folder.ts";
import {
  GENUINE,
  GENUINE_CONTENT,
  GENUINE_NAME,
  provenBase,
  rkeZip,
  sha256,
  snapshotBytes,
} from "../../support/snapshot.ts";
import { ended } from "../../support/snapshotNode.ts";
import { ACCESS, DAMAGED, OTHER, prepareWay, SECRET, SNAPSHOT, WAYS, ZIP } from "../../support/snapshotPull.ts";

const DIFFERENT = snapshotBytes(8, "different");

describe.concurrent.each(WAYS)("a snapshot from %s", (kind, way) => {
  test("is fetched and proven, and nothing else is left on the node", async () => {
    const { node, pull } = prepareWay(way, SNAPSHOT);
    const { code, report, stderr } = await pull({ sha256: sha256(SNAPSHOT) });
    expect(stderr).toContain("proving the fetched file");
    expect([code, report]).toEqual([0, { snapshot: { ...provenBase(SNAPSHOT) }, fetched: true, kept: [] }]);
    expect(node.files()).toEqual({ base: SNAPSHOT });
  });

  test("that is a zip is kept under the name that RKE gives zips", async () => {
    const { node, pull } = prepareWay(way, ZIP);
    expect((await pull()).report).toMatchObject({ snapshot: { file: "base.zip", content: sha256(SNAPSHOT) } });
    expect(node.files()).toEqual({ "base.zip": ZIP });
  });

  test.each(GENUINE)("is proven and kept when it is $fixture", async ({ file, bytes, state }) => {
    const { node, pull } = prepareWay(way, bytes, {}, GENUINE_NAME);
    const { report } = await pull();
    expect(report).toMatchObject({ fetched: true, snapshot: { file, state, content: sha256(GENUINE_CONTENT) } });
    expect(node.files()).toEqual({ [file]: bytes });
  });

  test("is not taken for one that was saved when it was fetched", async () => {
    for (const [over, takenAt] of [
      [{}, undefined],
      [{ takenAt: "2026-11-22T23:40:00Z" }, "2026-11-22T23:40:00Z"],
    ] as const) {
      const { node, pull } = prepareWay(way, SNAPSHOT);
      expect((await pull(over)).report).toHaveProperty("snapshot.bytes");
      const again = parseProof((await node.run(snapshotProofScript({ name: "base" }))).stdout);
      expect("snapshot" in again && again.snapshot.takenAt).toBe(takenAt);
    }
  });

  test("is fetched onto a machine that may have another cluster's of that name, which is kept aside", async () => {
    const { node, pull } = prepareWay(way, SNAPSHOT);
    node.put("base", OTHER);
    // Another one, under the name that RKE prefers.
    node.put("base.zip", rkeZip("base", DIFFERENT));
    const { report } = await pull({ isNew: true });
    expect(report).toMatchObject({ fetched: true, snapshot: { file: "base", content: sha256(SNAPSHOT) } });
    const { base, ...kept } = node.files();
    expect(base).toEqual(SNAPSHOT);
    expect(Object.keys(kept).sort()).toEqual([
      expect.stringMatching(/^base\.replaced-/),
      expect.stringMatching(/^base\.zip\.replaced-/),
    ]);
  });

  test("is not kept twice on such a machine where it was there already", async () => {
    const { node, pull } = prepareWay(way, SNAPSHOT);
    node.put("base", SNAPSHOT);
    expect((await pull({ isNew: true })).report).toMatchObject({ kept: [] });
    expect(node.files()).toEqual({ base: SNAPSHOT });
  });

  test("is not fetched again when it is there and right", async () => {
    const { node, pull } = prepareWay(way, SNAPSHOT);
    node.put("base", SNAPSHOT);
    expect((await pull({ sha256: sha256(SNAPSHOT) })).report).toMatchObject({ fetched: false, kept: [] });
    expect(node.argv).toEqual([]);
  });

  test("that another file has the name of takes its place, and the other is kept", async () => {
    const { node, pull } = prepareWay(way, SNAPSHOT);
    node.put("base", OTHER);
    const { report } = await pull({ sha256: sha256(SNAPSHOT) });
    const kept = "kept" in report ? report.kept : [];
    expect(kept).toEqual([expect.stringMatching(/^base\.replaced-\d{8}T\d{6}Z-\d+$/)]);
    expect(node.files()).toEqual({ base: SNAPSHOT, [kept[0] ?? ""]: OTHER });
  });

  test.each<[string, Buffer, Delivery, string | undefined]>([
    ["is cut short", SNAPSHOT, { cut: 1500 }, undefined],
    ["is cut short by whole pages", SNAPSHOT, { cut: 2048 + 32 }, undefined],
    ["never begins to come", SNAPSHOT, { cut: 0 }, undefined],
    ["has another sha256 than was given", OTHER, {}, sha256(SNAPSHOT)],
    ["has not the hash that it says of itself", DAMAGED, {}, undefined],
    ["is no snapshot at all", Buffer.from("<html>sign in</html>"), {}, undefined],
  ])("that %s leaves the files as they were and nothing behind", async (_, content, delivery, expected) => {
    const { node, pull } = prepareWay(way, content, delivery);
    // Wrong, so that it is fetched; precious all the same.
    node.put("base", "precious");
    const { code, failed } = await pull(expected === undefined ? {} : { sha256: expected });
    expect([code, failed]).toEqual([0, expect.stringMatching(/the fetched file|cut short/)]);
    expect(node.files()).toEqual({ base: Buffer.from("precious") });
  });

  test("is not fetched where it would fill the disk", async () => {
    const { node, pull } = prepareWay(way, SNAPSHOT);
    fakeDf(node, 256 * 1024 + 2);
    const { failed, remedy } = await pull();
    expect(failed).toContain("there is no room");
    expect(remedy).toContain("df -h");
    expect(node.names()).toEqual([]);
    fakeDf(node, 1000);
    expect((await pull()).failed).toContain("there is no room");
    expect(node.names()).toEqual([]);
  });

  test("leaves no secret on the node, on a command line or in what it prints", async () => {
    const { node, pull } = prepareWay(way, SNAPSHOT);
    const { stdout, stderr } = await pull();
    for (const text of [stdout, stderr, node.argv.join("\n")]) {
      expect(text).not.toContain("s3cr3t");
      expect(text).not.toContain(ACCESS);
    }
    expect(existsSync(join(node.root, "hacked"))).toBe(false);
    if (kind === "s3") expect(readFileSync(join(node.root, "keys"), "utf8")).toBe(`${ACCESS} ${SECRET}\n`);
  });

  test.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)(
    "that is stopped by %s in the middle leaves the files as they were, nothing behind, and no program running",
    async (signal) => {
      const { node, script } = prepareWay(way, SNAPSHOT, { hangs: 600 });
      node.put("base", "precious");
      const { script: text, input, sent } = script();
      const child = node.start(text);
      const end = ended(child);
      if (sent) child.stdin?.write(sent.subarray(0, 600));
      else child.stdin?.end(input);
      await until(() =>
        Object.entries(node.files()).some(([name, { length }]) => /\/snapshot$/.test(name) && length === 600),
      );
      child.kill(signal);
      expect(await end).toMatchObject({ code: 143 });
      expect(node.files()).toEqual({ base: Buffer.from("precious") });
      if (!sent) expect(existsSync(`/proc/${readFileSync(join(node.root, "pid"), "utf8").trim()}`)).toBe(false);
    },
  );
});
