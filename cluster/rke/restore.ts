import { basename } from "node:path";
import { restoreCommand } from "./commandLine.ts";
import { makeRestoreFolder, removeRestoreFolder, restoreConfig } from "./restoreFolder.ts";
import { type RkeRun, type RkeRunArgs, runRke } from "./run.ts";
import { pointOfNoReturn, type RkeVersion, readsBackupConfig } from "./version.ts";

export interface RestoreArgs extends Pick<RkeRunArgs, "clusterFile" | "silenceSeconds" | "say" | "wiping"> {
  rke: string;
  version: RkeVersion;
  snapshot: string;
}

/**
 * Runs `rke etcd snapshot-restore` so that RKE restores the file that lies on the nodes, whatever the cluster file says
 * of S3. A restore that fails before it wipes anything leaves RKE's state file as it was.
 * @throws ClusterFolderBusy as runRke does.
 * @throws ClusterFileError when the cluster file cannot be read; nothing was started then.
 */
export async function runRestore({ rke, version, snapshot, ...args }: RestoreArgs): Promise<RkeRun> {
  const { clusterFile } = args;
  const wipes = { ...args, pointOfNoReturn: pointOfNoReturn(version) };
  if (!readsBackupConfig(version)) {
    return await runRke({ ...wipes, command: restoreCommand(rke, snapshot, basename(clusterFile)) });
  }
  return await runRke({
    ...wipes,
    command: restoreCommand(rke, snapshot, restoreConfig(clusterFile)),
    around: {
      before: () => makeRestoreFolder(clusterFile, version),
      after: () => removeRestoreFolder(clusterFile),
    },
  });
}
