import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { rkeFolder } from "../../cluster/rke/earlierRke.ts";
import { ClusterFolderLock, type LockHolder } from "../../cluster/rke/folderLock.ts";
import { textFile } from "./folder.ts";
import { ago } from "./time.ts";

/** The id of a process that has ended. */
export const ended = () => spawnSync("true").pid;

/** Holds a cluster folder as an `rke up` at work does, of this process unless given otherwise. */
export function holdFolder(clusterFile: string, holder: Partial<LockHolder> = {}): ClusterFolderLock {
  const { lock: path, logs } = rkeFolder(clusterFile);
  const log = holder.log ?? textFile(join(logs, "up.log"), "building\n");
  const lock = ClusterFolderLock.take(path, { step: process.pid, command: "rke up", since: ago(1), ...holder, log });
  if (!(lock instanceof ClusterFolderLock)) throw new Error("the folder is held");
  return lock;
}
