import { existsSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { besideClusterFile } from "../clusterFile/clusterFile.ts";
import { readText } from "../clusterFile/encoding.ts";
import { stateFolder } from "../stateFolder/path.ts";
import { withoutBackupConfig } from "./backupConfig.ts";
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
export function restoreCall({ rke, version, snapshot, clusterFile }: Restore) {
  const purpose = "restore" as const;
  const command = [rke, "etcd", "snapshot-restore", "--name", snapshot, "--config"];
  if (isV01(version)) return { command: [...command, basename(clusterFile)], purpose };
  const around = {
    before: () => makeRestoreFolder(clusterFile, version),
    after: () => removeRestoreFolder(clusterFile),
  };
  return { command: [...command, restoreConfig(clusterFile)], purpose, around };
}

/** The cluster file as a restore reads it, from the cluster file's own folder. */
function restoreConfig(clusterFile: string): string {
  return relative(dirname(clusterFile), join(restoreFolder(clusterFile), basename(clusterFile)));
}

/**
 * Makes the folder with the cluster file that a restore reads. RKE keeps its state and the kubeconfig beside the file
 * it reads (v1.8.0: cluster/state.go, pki/deploy.go) and writes them in place, so links to the real ones keep these
 * right at every moment, also when the run is killed. Relative paths in the file start where RKE runs.
 * @throws ClusterFileError as withoutBackupConfig does.
 */
function makeRestoreFolder(clusterFile: string, version: RkeVersion): void {
  const config = join(dirname(clusterFile), restoreConfig(clusterFile));
  const { text, encode } = readText(clusterFile);
  const edited = encode(withoutBackupConfig(text, version));
  removeRestoreFolder(clusterFile);
  mkdirSync(dirname(config), { recursive: true, mode: 0o700 });
  writeFileSync(config, edited, { mode: 0o600, flag: "wx" });
  const from = realpathSync(dirname(config));
  const folder = realpathSync(dirname(clusterFile));
  for (const name of ownFiles(clusterFile)) symlinkSync(relative(from, join(folder, name)), join(from, name));
}

function restoreFolder(clusterFile: string): string {
  return stateFolder(clusterFile, "rke");
}

/** It may hold secrets, as the cluster file does. */
export function removeRestoreFolder(clusterFile: string): void {
  rmSync(restoreFolder(clusterFile), { recursive: true, force: true });
}

/** What RKE looks for beside the file it reads; state and kubeconfig also where RKE is to make them. */
function ownFiles(clusterFile: string): string[] {
  const { stateFile, kubeconfig } = besideClusterFile(clusterFile);
  const certificates = `${basename(clusterFile, extname(clusterFile))}_certs`;
  return [
    basename(stateFile),
    basename(kubeconfig),
    ...(existsSync(join(dirname(clusterFile), certificates)) ? [certificates] : []),
  ];
}
