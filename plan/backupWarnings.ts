import { readBackupFacts } from "../cluster/clusterFile/backupConfig.ts";

/** What S3 in the cluster file means for the rollback, a sentence each. `clusterFile` is the file's text. */
export function backupWarnings(clusterFile: string): string[] {
  const { bucket, ignored } = readBackupFacts(clusterFile);
  // Only what can be the name of a bucket is shown: anything may stand there.
  const named = /^[\w.-]+$/.test(bucket ?? "") ? ` (bucket ${bucket})` : "";
  return [
    ...(bucket !== undefined
      ? [
          `the cluster file saves snapshots to S3${named}: this rollback restores the proven file on the nodes, never the object of that name in S3, and leaves the bucket as it is`,
        ]
      : []),
    ...ignored.map(
      (key) =>
        `RKE ignores ${key} in the cluster file, and saves nothing there; its own key is services.etcd.backup_config.s3backupconfig`,
    ),
  ];
}
