import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pullScript } from "../../../cluster/snapshot/pull.ts";
import type { SnapshotSource } from "../../../cluster/snapshot/source.ts";
import { fakeS3cmd } from "../../support/fetching.ts";
import { until } from "../../support/folder.ts";
import { rkeZip, sha256 } from "../../support/snapshot.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";
import {
  DAMAGED,
  fromS3,
  fromUrl,
  OTHER,
  prepareWay,
  pull,
  S3,
  SNAPSHOT,
  URL_SECRET,
  ZIP,
} from "../../support/snapshotPull.ts";

describe.concurrent("a pull", () => {
  test("takes away what a killed one has left, and not what a running one is writing", async () => {
    const { node, pull } = prepareWay(fromS3, SNAPSHOT, { hangs: 600 });
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
    const { node, pull } = prepareWay(fromS3, SNAPSHOT);
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
    expect(failed).toBe("the fetched file is a zip, which RKE before v0.2.5 cannot read");
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

  const OF_RKE = { ...S3, keysOfRke: true } as const;
  const DENIED = `[ -z "$AWS_ACCESS_KEY_ID" ] || { echo "ERROR: S3 error: 403 (Forbidden)" >&2; exit 77; }`;

  test("asks the instance profile where the keys that the cluster file has for RKE may not read", async () => {
    const node = new SnapshotNode();
    fromS3(node, SNAPSHOT);
    const served = readFileSync(join(node.bin, "s3cmd"), "utf8").replace(/^#!.*\n/, "");
    node.program("s3cmd", `${DENIED}\n${served}`);
    expect((await pull(node, { source: OF_RKE })).report).toMatchObject({ fetched: true });
    expect(readFileSync(join(node.root, "keys"), "utf8")).toBe("none none\n");
  });

  test("does not ask it where the settings name the keys", async () => {
    const node = new SnapshotNode();
    node.program("s3cmd", DENIED);
    expect((await pull(node, { source: S3 })).failed).toMatch(/^S3 denies access/);
  });

  test("says whose keys are denied access where the instance profile may not read either, and how to go on", async () => {
    const node = new SnapshotNode();
    node.program("s3cmd", `${DENIED}\necho "ERROR: no credentials" >&2; exit 78`);
    const { failed, remedy } = await pull(node, { source: OF_RKE });
    expect(failed).toMatch(
      /^the keys of s3backupconfig in the cluster file are denied access \(.*403.*\); without them, s3cmd cannot read .*no credentials$/,
    );
    expect(remedy).toMatch(/^set s3AccessKey and s3SecretKey /);
  });

  test("does not say that there is none where S3 only denies access: an expired key, too, ends so", async () => {
    const node = new SnapshotNode();
    fakeS3cmd(node, {});
    node.program("s3cmd", "echo 'ERROR: S3 error: 403 (Forbidden)' >&2; exit 77");
    const { failed, remedy } = await pull(node, { source: S3 });
    expect(failed).toMatch(/^S3 denies access, or there is no snapshot of this name .*403 \(Forbidden\)$/);
    expect(remedy).toContain("s3:ListBucket");
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
  const { node, pull } = prepareWay(fromS3, SNAPSHOT);
  writeFileSync(join(node.root, "s3", "snapshots", "base.modified"), "Fri, 20 Nov 2026 01:48:17 GMT\n");
  expect((await pull()).report).toMatchObject({ snapshot: { takenAt: "2026-11-20T01:48:17Z" } });
});

test.each(["curl", "wget"] as const)("a snapshot that %s fetches is as old as its server says", async (program) => {
  const web = fromUrl(program, 1_795_139_297);
  expect((await prepareWay(web, SNAPSHOT).pull()).report).toMatchObject({
    snapshot: { takenAt: "2026-11-20T01:48:17Z" },
  });
});
