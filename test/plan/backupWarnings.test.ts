import { describe, expect, test } from "vitest";
import { backupWarnings } from "../../plan/backupWarnings.ts";
import { warnings } from "../../plan/warnings.ts";
import { somePlan } from "./somePlan.ts";

const withS3 = (bucket: string) =>
  `services: {etcd: {backup_config: {s3backupconfig: {bucket_name: ${bucket}, access_key: AKIA, secret_key: s3cr3t}}}}\n`;

describe("a plan for a cluster file with S3", () => {
  test("says that the file on the nodes is restored and not the object in the bucket", () => {
    expect(warnings(somePlan(), withS3("snapshots"), Date.parse("2026-11-23T14:00:00Z"))).toContain(
      "the cluster file saves snapshots to S3 (bucket snapshots): this rollback restores the checked file on the nodes, never the object of that name in S3, and does not change the bucket",
    );
  });

  test("shows no key, and no bucket that cannot be the name of one", () => {
    const [said] = backupWarnings(withS3('"a\\e[2Jb"'));
    expect(said).toMatch(/^the cluster file saves snapshots to S3: this rollback/);
    expect(backupWarnings(withS3("snapshots")).join()).not.toMatch(/AKIA|s3cr3t/);
  });

  test("says which key RKE ignores", () => {
    expect(backupWarnings("services: {etcd: {backup_config: {s3_backup_config: {}}}}\n")).toEqual([
      "RKE ignores services.etcd.backup_config.s3_backup_config in the cluster file and saves nothing there; the right key is services.etcd.backup_config.s3backupconfig",
    ]);
  });

  test("says nothing where the cluster file speaks of no S3", () => {
    expect(backupWarnings("services: {etcd: {backup_config: {enabled: true}}}\n")).toEqual([]);
  });
});
