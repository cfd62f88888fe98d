import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseProof, snapshotProofScript } from "../../../cluster/snapshot/proof.ts";
import { type PullArgs, pullScript } from "../../../cluster/snapshot/pull.ts";
import type { SnapshotSource } from "../../../cluster/snapshot/source.ts";
import { type Delivery, fakeDf, fakeDownloader, fakeS3cmd } from "../../support/fetching.ts";
import { until } from "../../support/folder.ts";
import { GENUINE, GENUINE_CONTENT, GENUINE_NAME, rkeZip, sha256, snapshotBytes } from "../../support/snapshot.ts";
import { ended, SnapshotNode } from "../../support/snapshotNode.ts";

const SNAPSHOT = snapshotBytes();
const OTHER = snapshotBytes(8, "other");
const DAMAGED = Buffer.concat([SNAPSHOT.subarray(0, 512), Buffer.alloc(512, 7), SNAPSHOT.subarray(1024)]);
const ZIP = rkeZip("base", SNAPSHOT);
const ACCESS = "AKIAEXAMPLE";
const SECRET = "s3cr3t/+=$(touch hacked)'\"`\\";
const S3: SnapshotSource = { kind: "s3", bucket: "snapshots", keys: { access: ACCESS, secret: SECRET } };
const URL_SECRET = "https://store.example.com/base?X-Signature=s3cr3t";

async function pull(node: SnapshotNode, over: Partial<PullArgs> & { source: SnapshotSource }, sent?: Buffer) {
  const { script, input } = pullScript({ name: "base", ...over });
  for (const secret of [ACCESS, SECRET, "s3cr3t"]) expect(script).not.toContain(secret);
  const end = await node.run(script, sent ?? input ?? "");
  const report = parseProof(end.stdout);
  return {
    ...end,
    report,
    failed: "failed" in report ? report.failed.message : undefined,
    remedy: "failed" in report ? report.failed.remedy : undefined,
  };
}

type Way = (
  node: SnapshotNode,
  content: Buffer,
  delivery?: Delivery,
  name?: string,
) => { source: SnapshotSource; sent?: Buffer };

const fromS3: Way = (node, content, delivery, name = "base") => {
  fakeS3cmd(node, { [`snapshots/${name}`]: content }, delivery);
  return { source: S3 };
};

/** @param modified the server's Last-Modified, seconds since 1970; both programs give it to the file. */
function fromUrl(program: "curl" | "wget", modified?: number): Way {
  return (node, content, delivery) => {
    fakeDownloader(node, program, {
      url: URL_SECRET,
      content,
      ...(modified !== undefined && { modified }),
      ...delivery,
    });
    return { source: { kind: "url", url: URL_SECRET } };
  };
}

/** All ways, each as a node that is about to get `content` from there. */
const WAYS: [string, Way][] = [
  ["s3", fromS3],
  ...(["curl", "wget"] as const).map((program): [string, Way] => [`url by ${program}`, fromUrl(program)]),
  ["file", (_, content, { cut } = {}) => ({ source: { kind: "file", path: "/x" }, sent: content.subarray(0, cut) })],
];

function prepare(way: Way, content: Buffer, delivery?: Delivery, name = "base") {
  const node = new SnapshotNode();
  const { source, sent } = way(node, content, delivery, name);
  const measured = sent && { sent: { bytes: content.length, sha256: sha256(content) } };
  return {
    node,
    pull: (over: Partial<PullArgs> = {}) => pull(node, { name, source, ...measured, ...over }, sent),
    script: (over: Partial<PullArgs> = {}) => ({ ...pullScript({ name, source, ...measured, ...over }), sent }),
  };
}

describe.concurrent.each(WAYS)("a snapshot from %s", { timeout: 60_000 }, (kind, way) => {
  test("is fetched and proven, and nothing else is left on the node", async () => {
    const { node, pull } = prepare(way, SNAPSHOT);
    const { code, report, stderr } = await pull({ sha256: sha256(SNAPSHOT) });
    expect(stderr).toContain("proving what came");
    expect([code, report]).toEqual([
      0,
      {
        snapshot: {
          file: "base",
          bytes: SNAPSHOT.length,
          sha256: sha256(SNAPSHOT),
          content: sha256(SNAPSHOT),
          unpacked: SNAPSHOT.length,
          state: false,
        },
        fetched: true,
        kept: [],
      },
    ]);
    expect(node.files()).toEqual({ base: SNAPSHOT });
  });

  test("that is a zip is kept under the name that RKE gives zips", async () => {
    const { node, pull } = prepare(way, ZIP);
    expect((await pull()).report).toMatchObject({ snapshot: { file: "base.zip", content: sha256(SNAPSHOT) } });
    expect(node.files()).toEqual({ "base.zip": ZIP });
  });

  test.each(GENUINE)("is proven and kept when it is $fixture", async ({ file, bytes, state }) => {
    const { node, pull } = prepare(way, bytes, {}, GENUINE_NAME);
    const { report } = await pull();
    expect(report).toMatchObject({ fetched: true, snapshot: { file, state, content: sha256(GENUINE_CONTENT) } });
    expect(node.files()).toEqual({ [file]: bytes });
  });

  test("is not taken for one that was saved when it was fetched", async () => {
    for (const [over, takenAt] of [
      [{}, undefined],
      [{ takenAt: "2026-11-22T23:40:00Z" }, "2026-11-22T23:40:00Z"],
    ] as const) {
      const { node, pull } = prepare(way, SNAPSHOT);
      expect((await pull(over)).report).toHaveProperty("snapshot.bytes");
      const again = parseProof((await node.run(snapshotProofScript({ name: "base" }))).stdout);
      expect("snapshot" in again && again.snapshot.takenAt).toBe(takenAt);
    }
  });

  test("is not fetched again when it is there and right", async () => {
    const { node, pull } = prepare(way, SNAPSHOT);
    node.put("base", SNAPSHOT);
    expect((await pull({ sha256: sha256(SNAPSHOT) })).report).toMatchObject({ fetched: false, kept: [] });
    expect(node.argv).toEqual([]);
  });

  test("that another file has the name of takes its place, and the other is kept", async () => {
    const { node, pull } = prepare(way, SNAPSHOT);
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
    const { node, pull } = prepare(way, content, delivery);
    // Wrong, so that it is fetched; precious all the same.
    node.put("base", "precious");
    const { code, failed } = await pull(expected === undefined ? {} : { sha256: expected });
    expect([code, failed]).toEqual([0, expect.stringMatching(/what came|cut short/)]);
    expect(node.files()).toEqual({ base: Buffer.from("precious") });
  });

  test("is not fetched where it would fill the disk", async () => {
    const { node, pull } = prepare(way, SNAPSHOT);
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
    const { node, pull } = prepare(way, SNAPSHOT);
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
      const { node, script } = prepare(way, SNAPSHOT, { hangs: 600 });
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

describe.concurrent("a pull", { timeout: 60_000 }, () => {
  test("takes away what a killed one has left, and not what a running one is writing", async () => {
    const { node, pull } = prepare(fromS3, SNAPSHOT, { hangs: 600 });
    const { script, input } = pullScript({ name: "base", source: S3 });
    const killed = node.start(script);
    killed.stdin?.end(input);
    await until(() => existsSync(join(node.root, "hangs")));
    killed.kill("SIGKILL");
    await once(killed, "exit");
    process.kill(Number(readFileSync(join(node.root, "pid"), "utf8")), "SIGKILL");
    expect(node.names()).not.toEqual([]);
    const running = `.rancher-rollback-pull.${process.pid}`;
    node.program("s3cmd", "exit 1");
    mkdirSync(join(node.snapshots, running));
    await pull();
    expect(node.names()).toEqual([running]);
  });

  test("makes the folder where there is none", async () => {
    const { node, pull } = prepare(fromS3, SNAPSHOT);
    rmdirSync(node.snapshots);
    expect((await pull()).failed).toBeUndefined();
    expect(node.names()).toEqual(["base"]);
  });

  test("keeps a wrong file of the other name out of RKE's way, and leaves the same snapshot in it alone", async () => {
    for (const [zip, left] of [
      [rkeZip("base", DAMAGED), false],
      [ZIP, true],
    ] as const) {
      const node = new SnapshotNode();
      node.put("base", SNAPSHOT);
      node.put("base.zip", zip);
      const { report } = await pull(node, { source: S3, sha256: sha256(SNAPSHOT) });
      expect(report).toMatchObject({ fetched: false, snapshot: { file: left ? "base.zip" : "base" } });
      const names = node.names();
      expect(names.length).toBe(2);
      expect(names.includes("base.zip")).toBe(left);
    }
  });

  test("keeps what has the wrong kind of name out of RKE's way", async () => {
    const node = new SnapshotNode();
    fakeS3cmd(node, { "snapshots/base.zip": ZIP });
    node.put("base", ZIP);
    expect((await pull(node, { source: S3 })).report).toMatchObject({ fetched: true, snapshot: { file: "base.zip" } });
    expect(node.names()).toEqual([expect.stringMatching(/^base\.replaced-/), "base.zip"]);
  });

  test("brings no zip to an RKE before v0.2.5, and says why", async () => {
    const node = new SnapshotNode();
    fakeS3cmd(node, { "snapshots/base.zip": ZIP });
    const { failed } = await pull(node, { source: S3, rkeReadsZips: false });
    expect(failed).toBe("what came is a zip, which RKE before v0.2.5 cannot read");
    expect(node.names()).toEqual([]);
  });

  test("asks S3 for the zip first, in its folder, at its endpoint, and without the node's own s3cmd config", async () => {
    const node = new SnapshotNode();
    node.put(".s3cfg", "[default]\nhost_base = wrong\n", node.home);
    fakeS3cmd(node, { "snapshots/prod/etcd/base.zip": ZIP, "snapshots/prod/etcd/base": OTHER });
    const source: SnapshotSource = {
      ...S3,
      folder: "/prod/etcd/",
      endpoint: "http://minio:9000",
      region: "eu-central-1",
    };
    expect((await pull(node, { source })).report).toMatchObject({ snapshot: { file: "base.zip" } });
    const options =
      "s3cmd --config=/dev/null --host=minio:9000 --host-bucket=minio:9000 --region=eu-central-1 --no-ssl --no-progress";
    expect(node.argv).toEqual([
      `${options} info s3://snapshots/prod/etcd/base.zip`,
      expect.stringMatching(
        new RegExp(`^${options} get s3://snapshots/prod/etcd/base.zip ${node.snapshots}/.*/snapshot$`),
      ),
    ]);
  });

  test("without keys leaves s3cmd to ask the instance profile", async () => {
    const node = new SnapshotNode();
    fakeS3cmd(node, { "snapshots/base": SNAPSHOT });
    expect((await pull(node, { source: { kind: "s3", bucket: "snapshots" } })).failed).toBeUndefined();
    expect(readFileSync(join(node.root, "keys"), "utf8")).toBe("none none\n");
  });

  test("says what S3 said of every name it asked for", async () => {
    const node = new SnapshotNode();
    fakeS3cmd(node, {});
    const { failed } = await pull(node, { source: S3 });
    expect(failed).toBe(
      "no snapshot was found: s3://snapshots/base.zip: ERROR: S3 error: 404 (Not Found); s3://snapshots/base: ERROR: S3 error: 404 (Not Found)",
    );
  });

  test("names what is missing and the remedy", async () => {
    expect(await pull(new SnapshotNode(), { source: S3 })).toMatchObject({
      failed: "s3cmd is not installed",
      remedy: "on the node: apt-get install s3cmd",
    });
    expect(await pull(new SnapshotNode(), { source: { kind: "url", url: URL_SECRET } })).toMatchObject({
      failed: "neither curl nor GNU wget is installed",
      remedy: "on the node: apt-get install curl",
    });
  });

  test("runs as root by sudo where the login is not root, and says so where it may not", async () => {
    const node = new SnapshotNode();
    fakeS3cmd(node, { "snapshots/base": SNAPSHOT });
    node.program("id", `if [ "$1" = -u ]; then echo 1000; else echo ubuntu; fi`);
    node.program("sudo", `shift; [ "$1" != true ] || exit 0; exec "$@"`);
    expect((await pull(node, { source: S3 })).report).toHaveProperty("snapshot");
    expect(node.argv.some((line) => line.startsWith("sudo -n sh -c"))).toBe(true);
    expect(node.argv.join("\n")).not.toContain("s3cr3t");
  });
});

test("a snapshot from S3 is as old as its object, which RKE uploads when it saves", async () => {
  const { node, pull } = prepare(fromS3, SNAPSHOT);
  writeFileSync(join(node.root, "s3", "snapshots", "base.modified"), "Fri, 20 Nov 2026 01:48:17 GMT\n");
  expect((await pull()).report).toMatchObject({ snapshot: { takenAt: "2026-11-20T01:48:17Z" } });
});

test.each(["curl", "wget"] as const)("a snapshot that %s fetches is as old as its server says", async (program) => {
  const web = fromUrl(program, 1_795_139_297);
  expect((await prepare(web, SNAPSHOT).pull()).report).toMatchObject({ snapshot: { takenAt: "2026-11-20T01:48:17Z" } });
});
