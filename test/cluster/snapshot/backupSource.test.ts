import { describe, expect, test } from "vitest";
import { backupSource, readBackupFacts } from "../../../cluster/snapshot/backupSource.ts";

const file = (config: string) => `nodes: []\nservices:\n  etcd:\n    backup_config:\n${config}`;

test("the bucket of a cluster file has all that RKE knows of it", () => {
  const all = file(`      s3backupconfig:
        access_key: AKIAEXAMPLE
        secret_key: "hunter2/secret"
        bucket_name: etcd
        folder: prod
        region: eu-central-1
        endpoint: minio.example.com:9000
        custom_ca: |-
          -----BEGIN CERTIFICATE-----
          MIIB
`);
  expect(backupSource(all)).toEqual({
    ...{ kind: "s3", bucket: "etcd", folder: "prod", region: "eu-central-1", endpoint: "minio.example.com:9000" },
    keys: { access: "AKIAEXAMPLE", secret: "hunter2/secret" },
    ca: "-----BEGIN CERTIFICATE-----\nMIIB",
  });
});

test("a bucket without keys is asked with the machine's own role", () => {
  expect(backupSource(file("      s3backupconfig: {bucket_name: etcd, endpoint: s3.amazonaws.com}\n"))).toEqual({
    ...{ kind: "s3", bucket: "etcd", endpoint: "s3.amazonaws.com" },
  });
});

test.each([
  ["no backup_config", "nodes: []\n"],
  ["a backup_config without S3", file("      interval_hours: 12\n")],
  ["a key that RKE ignores (rke#1284)", file("      s3_backup_config: {bucket_name: etcd}\n")],
])("a cluster file with %s has none", (_, text) => {
  expect(backupSource(text)).toBeUndefined();
});

describe("what a cluster file says of S3", () => {
  test("is the bucket, however it comes to stand there, and nothing where there is none", () => {
    expect(readBackupFacts(file("      s3backupconfig: {bucket_name: snapshots}\n"))).toEqual({
      bucket: "snapshots",
      ignored: [],
    });
    const merged = "x: &b {s3backupconfig: {bucket_name: b}}\nservices: {etcd: {backup_config: {<<: *b}}}\n";
    expect(readBackupFacts(merged)).toEqual({ bucket: "b", ignored: [] });
    expect(readBackupFacts("services: {etcd: {backup_config: {s3backupconfig: {}}}}")).toMatchObject({ bucket: "" });
    for (const source of ["", "nodes: []\n", "services:\n", "services: {etcd: {backup_config: {s3backupconfig: }}}"]) {
      expect(readBackupFacts(source)).toEqual({ ignored: [] });
    }
  });

  test.for([
    ["services: {etcd: {backup_config: {s3_backup_config: {}}}}", "services.etcd.backup_config.s3_backup_config"],
    ["services: {etcd: {backup_config: {s3BackupConfig: {}}}}", "services.etcd.backup_config.s3BackupConfig"],
    ["services: {etcd: {backup_config: {s3: {}}}}", "services.etcd.backup_config.s3"],
    ["services: {etcd: {s3backupconfig: {}}}", "services.etcd.s3backupconfig"],
    ["services: {etcd: {s3_backup_config: {}}}", "services.etcd.s3_backup_config"],
    ["services: {etcd: {backupConfig: {}}}", "services.etcd.backupConfig"],
  ])("is what RKE ignores, too: %s", ([source = "", key]) => {
    expect(readBackupFacts(source)).toEqual({ ignored: [key] });
  });
});
