import { describe, expect, test } from "vitest";
import { backupWarnings, warnings } from "../../plan/warnings.ts";
import { somePlan } from "./somePlan.ts";

const withS3 = (bucket: string) =>
  `services: {etcd: {backup_config: {s3backupconfig: {bucket_name: ${bucket}, access_key: AKIA, secret_key: s3cr3t}}}}\n`;

describe("a plan for a cluster file with S3", () => {
  test("names the bucket, whose object is not restored, and nothing of the credentials", () => {
    expect(warnings(somePlan(), withS3("snapshots"), Date.parse("2026-11-23T14:00:00Z"))).toEqual([
      { kind: "s3-not-used", bucket: "snapshots" },
    ]);
  });

  test("has no key of S3, and no bucket that cannot be the name of one", () => {
    expect(backupWarnings(withS3('"a\\e[2Jb"'))).toEqual([{ kind: "s3-not-used" }]);
  });

  test("says which key RKE ignores", () => {
    expect(backupWarnings("services: {etcd: {backup_config: {s3_backup_config: {}}}}\n")).toEqual([
      { kind: "s3-key-ignored", key: "services.etcd.backup_config.s3_backup_config" },
    ]);
  });

  test("says nothing where the cluster file speaks of no S3", () => {
    expect(backupWarnings("services: {etcd: {backup_config: {enabled: true}}}\n")).toEqual([]);
  });
});
