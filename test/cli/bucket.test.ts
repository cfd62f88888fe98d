import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bucketToProve, withSource } from "../../cli/bucket.ts";
import type { S3Source } from "../../cluster/snapshot/source.ts";
import { tempFolder } from "../support/folder.ts";
import { RKE, someSettings } from "../support/settings.ts";

const OF_CLUSTER: S3Source = {
  ...{ kind: "s3", bucket: "etcd", folder: "prod", endpoint: "minio.example.com:9000" },
  keys: { access: "AKIA", secret: "s3cr3t" },
};

/** Settings whose cluster file has that bucket, or none. */
function settings(source?: S3Source, { hasBucket = true, rke = RKE } = {}) {
  const s3 =
    "{bucket_name: etcd, folder: prod, endpoint: minio.example.com:9000, access_key: AKIA, secret_key: s3cr3t}";
  const path = join(tempFolder(), "rancher-cluster.yml");
  writeFileSync(path, hasBucket ? `services: {etcd: {backup_config: {s3backupconfig: ${s3}}}}\n` : "nodes: []\n");
  const { cluster, rke: own } = someSettings();
  return someSettings({ cluster: { ...cluster, path }, rke: { ...own, version: rke }, ...(source && { source }) });
}

describe("--source", () => {
  test("s3 is the bucket of the cluster file, with its keys", () => {
    expect(bucketToProve(settings(), "s3")).toEqual(OF_CLUSTER);
  });

  test("s3 is refused where the cluster file has none, or RKE is too old to read it", () => {
    const why =
      "the cluster file has no bucket: services.etcd.backup_config.s3backupconfig. Name one: --source s3://BUCKET/FOLDER";
    expect(() => bucketToProve(settings(undefined, { hasBucket: false }), "s3")).toThrow(why);
    const rke = { major: 0, minor: 1, patch: 20, text: "v0.1.20" };
    expect(() => bucketToProve(settings(undefined, { rke }), "s3")).toThrow(why);
  });

  test("s3://… comes with the keys of the settings, and with the cluster file's where it is the same folder and they have none", () => {
    const same: S3Source = { kind: "s3", bucket: "etcd", folder: "prod" };
    expect(bucketToProve(settings(same), "s3://etcd/prod")).toEqual(OF_CLUSTER);
    const withKeys = { ...same, keys: { access: "OTHER", secret: "other" } };
    expect(bucketToProve(settings(withKeys), "s3://etcd/prod")).toEqual(withKeys);
    const other = { ...same, folder: "test" };
    expect(bucketToProve(settings(other), "s3://etcd/test")).toEqual(other);
  });

  test("s3://… is the run's snapshotSource, above the stack's", () => {
    const config = { stack: "prod", config: { snapshotSource: "s3://other", s3Region: "eu-central-1" } };
    expect(withSource(config, "s3://etcd").config).toEqual({ snapshotSource: "s3://etcd", s3Region: "eu-central-1" });
    expect([withSource(config, "s3"), withSource(config, undefined)]).toEqual([config, config]);
  });
});
