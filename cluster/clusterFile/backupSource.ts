import { type S3Source, type SnapshotSource, s3Place, sourceMistakes } from "../snapshot/source.ts";
import { Fields } from "./fields.ts";

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
