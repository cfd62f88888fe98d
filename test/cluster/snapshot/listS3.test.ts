import { existsSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listS3Script, parseS3List } from "../../../cluster/snapshot/listS3.ts";
import type { S3Source } from "../../../cluster/snapshot/source.ts";
import { fakeS3cmd } from "../../support/fetching.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";

const TOOLS = "sh dd mkdir rm cat tail wc date".split(" ");
const KEYS = { access: "AKIAEXAMPLE", secret: "s3cr3t/+='`\\" };
const SOURCE: S3Source = { kind: "s3", bucket: "etcd", folder: "prod", endpoint: "minio.example.com:9000", keys: KEYS };

async function listed(node: SnapshotNode, source = SOURCE) {
  const { script, input } = listS3Script(source);
  expect(script).not.toContain(KEYS.access);
  const { stdout } = await node.run(script, input ?? "");
  return parseS3List(stdout);
}

/** A host whose s3cmd has these objects in the folder. */
function host(objects: string[] = [], delivery = {}): SnapshotNode {
  const node = new SnapshotNode(TOOLS);
  fakeS3cmd(node, Object.fromEntries(objects.map((name) => [`etcd/prod/${name}`, Buffer.alloc(700)])), delivery);
  return node;
}

describe("the snapshots in a folder of a bucket", () => {
  test("are listed with the newest first, by the time in a name or of the upload, without what is no snapshot", async () => {
    const node = host(["2026-11-27T02:10:00Z_etcd.zip", "base", "pki.bundle.tar.gz", "deeper/below.zip"]);
    utimesSync(join(node.root, "s3/etcd/prod/base"), 0, Date.parse("2026-11-27T03:00:30Z") / 1000);
    expect(await listed(node)).toEqual({
      objects: [
        {
          ...{ name: "base", file: "base", bytes: 700, takenAt: "2026-11-27T03:00:00Z" },
          uploadedAt: "2026-11-27T03:00:00.000Z",
        },
        {
          ...{ name: "2026-11-27T02:10:00Z_etcd", file: "2026-11-27T02:10:00Z_etcd.zip", bytes: 700 },
          ...{ takenAt: "2026-11-27T02:10:00Z", uploadedAt: expect.any(String) },
        },
      ],
    });
    expect(node.argv.find((line) => line.startsWith("s3cmd"))).toBe(
      "s3cmd --config=/dev/null --host=minio.example.com:9000 --host-bucket=minio.example.com:9000 --region=us-east-1 --ssl --no-progress ls s3://etcd/prod/",
    );
    expect(readFileSync(join(node.root, "keys"), "utf8")).toBe(`${KEYS.access} ${KEYS.secret}\n`);
  });

  test("are none in an empty folder, and the certificates of an authority reach s3cmd", async () => {
    const node = host(["other/base"]);
    const ca = "-----BEGIN CERTIFICATE-----\nMIIB'\n-----END CERTIFICATE-----";
    expect(await listed(node, { ...SOURCE, ca })).toEqual({ objects: [] });
    expect(readFileSync(join(node.root, "ca"), "utf8")).toBe(`${ca}\n`);
  });

  test("cannot be listed where s3cmd cannot, or is not there: its own words, and nothing stays on the host", async () => {
    const missing = await listed(host());
    expect(missing).toEqual({
      failed: {
        message: "s3cmd cannot list s3://etcd/prod/: ERROR: Bucket does not exist",
        remedy: "correct what s3cmd names: bucket, folder, endpoint, region, or the keys",
      },
    });
    const without = new SnapshotNode(TOOLS);
    expect(await listed(without, { ...SOURCE, ca: "PEM" })).toEqual({
      failed: { message: "s3cmd is not installed", remedy: "on the node: apt-get install s3cmd" },
    });
    const state = join(without.root, "rancher-rollback");
    expect(existsSync(state) ? readdirSync(state) : []).toEqual([]);
  });

  test("are not taken for none where the listing was cut off", () => {
    expect(parseS3List("")).toMatchObject({ failed: { message: "the listing ended without a result" } });
  });
});
