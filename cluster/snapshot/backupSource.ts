import { Fields } from "../clusterFile/fields.ts";
import { type S3Source, type SnapshotSource, s3Place, sourceMistakes } from "./source.ts";

/**
 * Where RKE uploads snapshots to: `services.etcd.backup_config.s3backupconfig` of a cluster file's text (RKE v1.8.0
 * types/backup_types.go). Undefined where it has none; what is of the wrong kind counts as not given.
 * @throws ClusterFileError when the file cannot be read.
 */
export function backupSource(source: string): S3Source | undefined {
  const backup = Fields.read(source).record("services").record("etcd").record("backup_config");
  if (!backup.has("s3backupconfig")) return undefined;
  const s3 = backup.record("s3backupconfig");
  const [bucket, folder, endpoint, region] = ["bucket_name", "folder", "endpoint", "region"].map((key) => s3.text(key));
  const [access, secret, ca] = ["access_key", "secret_key", "custom_ca"].map((key) => s3.text(key));
  return {
    ...{ kind: "s3", bucket: bucket ?? "" },
    ...(folder && { folder }),
    ...(endpoint && { endpoint }),
    ...(region && { region }),
    ...(access && secret && { keys: { access, secret } }),
    ...(ca && { ca }),
  };
}

/**
 * A folder in S3 as the cluster file has it, with its endpoint, keys and authority, where it is that one and nothing else is
 * said of it.
 */
export function asInClusterFile(source: SnapshotSource, clusterFile: string): SnapshotSource {
  if (source.kind !== "s3" || source.endpoint !== undefined || source.keys !== undefined) return source;
  const own = backupSource(clusterFile);
  if (!own || sourceMistakes(own).length > 0 || s3Place(own).folder !== s3Place(source).folder) return source;
  return { ...own, ...(own.keys && { keysOfRke: true }), ...(source.region && { region: source.region }) };
}

/** What a cluster file says of snapshots outside the nodes. */
export interface BackupFacts {
  /** The S3 bucket that RKE saves to, and without our copy of the file restores from. */
  bucket?: string;
  /** Keys that mean S3 to a reader and nothing to RKE, e.g. `services.etcd.backup_config.s3_backup_config` (rke#1284). */
  ignored: string[];
}

/** Reads where RKE saves snapshots to. @throws ClusterFileError when the file cannot be read. */
export function readBackupFacts(source: string): BackupFacts {
  const etcd = Fields.read(source).record("services").record("etcd");
  const backup = etcd.record("backup_config");
  return {
    ...(backup.has("s3backupconfig") && { bucket: backup.record("s3backupconfig").text("bucket_name") }),
    ignored: [
      ...etcd
        .keys()
        .filter((key) => /^(s3_?)?backup_?config$/i.test(key) && key !== "backup_config")
        .map((key) => `services.etcd.${key}`),
      ...backup
        .keys()
        .filter((key) => /^s3(_?backup)?(_?config)?$/i.test(key) && key !== "s3backupconfig")
        .map((key) => `services.etcd.backup_config.${key}`),
    ],
  };
}
