import { basename } from "node:path";
import { restoreCommand } from "./commandLine.ts";
import { makeRestoreFolder, removeRestoreFolder, restoreConfig } from "./restoreFolder.ts";
import type { RkeRunArgs } from "./run.ts";
import { isV01, type RkeVersion } from "./version.ts";

interface Restore {
  rke: string;
  version: RkeVersion;
  snapshot: string;
  clusterFile: string;
}

/**
 * How RKE is run to restore the file that is on the nodes, whatever the cluster file says of S3. The run throws a
 * ClusterFileError before RKE starts where the cluster file cannot be read.
 */
export function restoreCall({
  rke,
  version,
  snapshot,
  clusterFile,
}: Restore): Pick<RkeRunArgs, "command" | "purpose" | "around"> {
  const purpose = "restore";
  if (isV01(version)) return { command: restoreCommand(rke, snapshot, basename(clusterFile)), purpose };
  return {
    command: restoreCommand(rke, snapshot, restoreConfig(clusterFile)),
    purpose,
    around: {
      before: () => makeRestoreFolder(clusterFile, version),
      after: () => removeRestoreFolder(clusterFile),
    },
  };
}
