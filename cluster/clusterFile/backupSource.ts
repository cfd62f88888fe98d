import type { S3Source } from "../snapshot/source.ts";
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
