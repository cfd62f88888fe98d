import { readBackupFacts } from "../cluster/clusterFile/backupConfig.ts";

/** What S3 in the cluster file means for the rollback, a sentence each. `clusterFile` is the file's text. */
export function backupWarnings(clusterFile: string): string[] {
  const { bucket, ignored } = readBackupFacts(clusterFile);
  // Only what can be the name of a bucket is shown: the file may have anything there.
  const named = /^[\w.-]+$/.test(bucket ?? "") ? ` (bucket ${bucket})` : "";
  return [
    ...(bucket !== undefined
      ? [
          `the cluster file saves snapshots to S3${named}: this rollback restores the checked file on the nodes, never the object of that name in S3, and does not change the bucket`,
        ]
      : []),
    ...ignored.map(
      (key) =>
        `RKE ignores ${key} in the cluster file and saves nothing there; the right key is services.etcd.backup_config.s3backupconfig`,
    ),
  ];
}
