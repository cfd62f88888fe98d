import { existsSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { besideClusterFile } from "../clusterFile/clusterFile.ts";
import { keepFiles, replaceSynced, sync } from "../stateFolder/keep.ts";

/**
 * Keeps RKE's state file and the kubeconfig as they are now: a restore rewrites the state file in its first second,
 * before it has asked a single host (RKE v1.8.0, cmd/etcd.go).
 * @returns the folder they are in.
 */
export function keepRkeFiles(clusterFile: string, name: string): string {
  return keepFiles(clusterFile, name, rkeFiles(clusterFile));
}

/**
 * Makes RKE's state file and the kubeconfig what they were, byte for byte; one that was not there is removed.
 * @param kept the folder of keepRkeFiles.
 * @returns whether anything had changed.
 */
export function putBackRkeFiles(clusterFile: string, kept: string): boolean {
  const changed = rkeFiles(clusterFile).filter((file) => {
    const now = contentOf(file);
    const before = contentOf(join(kept, basename(file)));
    if (before === undefined) {
      if (now === undefined) return false;
      rmSync(realpathSync(file));
    } else {
      if (now?.equals(before)) return false;
      // A link stays a link.
      const target = now === undefined ? file : realpathSync(file);
      replaceSynced(target, before, statSync(now === undefined ? join(kept, basename(file)) : target));
      sync(dirname(target));
    }
    return true;
  });
  return changed.length > 0;
}

/** When one of them was last written, ms since 1970; undefined where there is none. */
export function rkeFilesWrittenAt(clusterFile: string): number | undefined {
  const times = rkeFiles(clusterFile).flatMap((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? []);
  return times.length > 0 ? Math.max(...times) : undefined;
}

function rkeFiles(clusterFile: string): string[] {
  const { stateFile, kubeconfig } = besideClusterFile(clusterFile);
  return [stateFile, kubeconfig];
}

function contentOf(file: string): Buffer | undefined {
  return existsSync(file) ? readFileSync(file) : undefined;
}
