import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { Problem } from "../problem.ts";
import { shellCommand } from "../shell.ts";
import { mib } from "../text.ts";
import { stateFolder } from "./path.ts";

/** What a run may write: RKE's log of a restore and an up with `--debug`, copies of the cluster's files, the report. */
const NEEDED = 64 * 1024 * 1024;

/**
 * Why there is no room for what a run writes into `.rancher-rollback` beside the cluster file; undefined where there is.
 * To be asked before the wipe: RKE that cannot write its log dies in the middle of it.
 * @param needed in bytes.
 */
export function noRoomForState(clusterFile: string, needed = NEEDED): Problem | undefined {
  const beside = dirname(clusterFile);
  const own = stateFolder(clusterFile);
  const folder = existsSync(own) ? own : beside;
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= needed) return undefined;
  return {
    message: `${folder} on this machine has ${mib(free / 1024)} free, and ${mib(needed / 1024)} are needed for logs and state`,
    remedy: `make room on this machine: ${shellCommand(["df", "-h", folder])}`,
  };
}
