import { readBackupFacts } from "../cluster/snapshot/backupSource.ts";
import type { Warning } from "../messages/warnings.ts";

/** What S3 in the cluster file means for the rollback. `clusterFile` is the file's text. */
export function backupWarnings(clusterFile: string): Warning[] {
  const { bucket, ignored } = readBackupFacts(clusterFile);
  // Only what can be the name of a bucket is told: the file may have anything there.
  const isName = /^[\w.-]+$/.test(bucket ?? "");
  return [
    ...(bucket === undefined ? [] : [{ kind: "s3-not-used" as const, ...(isName && { bucket }) }]),
    ...ignored.map((key) => ({ kind: "s3-key-ignored" as const, key })),
  ];
}
