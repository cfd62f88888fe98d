import { execFileSync } from "node:child_process";

/** A version of the `rke` binary, as `rke --version` prints it. */
export interface RkeVersion {
  major: number;
  minor: number;
  patch: number;
  /** As printed, e.g. `v1.8.0`. */
  text: string;
}

/** The first release with `rke etcd snapshot-restore` (field notes on RKE v0.1.7). */
const FIRST_WITH_RESTORE = [0, 1, 7] as const;
/** From here on a snapshot is a zip on disk and is named without `.zip` (rke#1501, rke#1914, rke#2408). */
const FIRST_WITH_ZIP = [0, 2, 5] as const;
/** From here on `snapshot-restore` brings the cluster up itself and wipes at "Cleaning old kubernetes cluster". */
const FIRST_WITH_REBUILD = [0, 2, 0] as const;

/**
 * Asks the binary for its version.
 * @throws Error with a sentence for the operator: not found, not executable, or an output that is no release of RKE.
 */
export function readRkeVersion(binary: string): RkeVersion {
  let printed: string;
  try {
    printed = execFileSync(binary, ["--version"], {
      encoding: "utf8",
      timeout: 20_000,
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw new Error(`no program "${binary}" was found`);
    if (code === "EACCES") throw new Error(`"${binary}" may not be executed`);
    throw new Error(`"${binary} --version" failed: ${(error as Error).message.split("\n")[0]}`);
  }
  const version = parseRkeVersion(printed);
  if (!version) throw new Error(`"${binary} --version" said "${printed.trim()}", which is no release of RKE`);
  if (isBefore(version, FIRST_WITH_RESTORE)) {
    throw new Error(`RKE ${version.text} cannot restore snapshots; v0.1.7 is the first that can`);
  }
  return version;
}

/** `rke version v1.8.0` → its parts; undefined for anything that is not a release. */
export function parseRkeVersion(printed: string): RkeVersion | undefined {
  const match = /^rke version (v(\d+)\.(\d+)\.(\d+)(?:-[\w.]+)?)\s*$/m.exec(printed);
  if (!match) return undefined;
  const [, text = "", major, minor, patch] = match;
  return { text, major: Number(major), minor: Number(minor), patch: Number(patch) };
}

/** Whether this release keeps snapshots as zip files and wants their names without the extension. */
export function namesSnapshotsWithoutZip(version: RkeVersion): boolean {
  return !isBefore(version, FIRST_WITH_ZIP);
}

/** The line in RKE's log after which the old cluster is being wiped (v1.8.0: cmd/etcd.go, RestoreEtcdSnapshot). */
export function pointOfNoReturn(version: RkeVersion): string {
  return isBefore(version, FIRST_WITH_REBUILD) ? "Restoring etcd snapshot" : "Cleaning old kubernetes cluster";
}

function isBefore(version: RkeVersion, [major, minor, patch]: readonly [number, number, number]): boolean {
  return version.major !== major
    ? version.major < major
    : version.minor !== minor
      ? version.minor < minor
      : version.patch < patch;
}
