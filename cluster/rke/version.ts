import semver from "semver";

/** A version of the `rke` binary. The command checks names by it before it loads zod: its schema is in steps/contractParts.ts. */
export interface RkeVersion {
  major: number;
  minor: number;
  patch: number;
  /** As `rke --version` prints it, e.g. `v1.8.0`. */
  text: string;
}

/** The first release with `rke etcd snapshot-restore` (field notes on RKE v0.1.7). */
const FIRST_WITH_RESTORE = "0.1.7";
/** From here on a restore takes a folder away that an earlier one has left (rke#768). */
const FIRST_TIDY = "0.1.9";
/** From here on a restore of v0.1.x ends by unpacking the cluster's certificates, which a save has put beside the snapshots (cluster/certificates.go). */
const FIRST_WITH_BUNDLE = "0.1.8";
/** From here on a snapshot is a zip on disk and is named without `.zip` (rke#1501, rke#1914, rke#2408). */
const FIRST_WITH_ZIP = "0.2.5";
/** From here on `snapshot-restore` takes RKE's state file out of the snapshot's zip, where one is in it (cmd/etcd.go). */
const FIRST_WITH_STATE_IN_ZIP = "1.1.5";
/** From here on a local restore works whatever `backup_config` says (rke#1538, rke#1627, rke#2033). */
const FIRST_LOCAL_WITH_BACKUP_CONFIG = "1.1.0";
/**
 * Up to v1.1.0-rc6 RKE leaves alone what an add-on has made that the cluster file no longer has (rke#1916). That changed in the
 * line v1.1 in May and June 2020 (rke#2059, rke#2112); by which release is not known here.
 */
const FIRST_TO_DELETE_ADDONS = "1.1.0";
/** From here on the command line overwrites `ignore_docker_version` of the cluster file, also where it says nothing (cmd/common.go). */
const FIRST_WITHOUT_DOCKER_FLAG_OF_FILE = "1.1.3";

/** `rke version v1.8.0` → its parts; undefined for anything that is not a release. */
export function parseRkeVersion(printed: string): RkeVersion | undefined {
  const [, text = ""] = /^rke version (v\S+)\s*$/m.exec(printed) ?? [];
  const version = semver.parse(text);
  return version ? { text, major: version.major, minor: version.minor, patch: version.patch } : undefined;
}

/** Whether this release restores snapshots at all. */
export function restoresSnapshots(version: RkeVersion): boolean {
  return !isBefore(version, FIRST_WITH_RESTORE);
}

/** Whether this release keeps snapshots as zip files and wants their names without the extension. */
export function namesSnapshotsWithoutZip(version: RkeVersion): boolean {
  return !isBefore(version, FIRST_WITH_ZIP);
}

/** Whether this release restores with the state file that is in a snapshot's zip; the rke-tools of older ones may restore that file as the snapshot (rke-tools before v0.1.62, main.go). */
export function readsStateInZip(version: RkeVersion): boolean {
  return !isBefore(version, FIRST_WITH_STATE_IN_ZIP);
}

/**
 * Whether this is v0.1.x, whose restore is another one (cmd/etcd.go, cluster/etcd.go, v0.1.7 to v0.1.20). It restores on each
 * host what is there, instead of one host's snapshot on all. It begins to wipe before it prints a line at which it could be
 * stopped: it checks nothing, and removes etcd as soon as it is connected to all nodes. It restores etcd alone, and leaves the
 * cluster to `rke up`. It has no S3, hence no `services.etcd.backup_config`, and no state file beside the cluster file.
 */
export function isV01(version: RkeVersion): boolean {
  return isBefore(version, "0.2.0");
}

/** Whether etcd's restore fails on the folder that an earlier one has left. */
export function failsOnRestoreFolder(version: RkeVersion): boolean {
  return isBefore(version, FIRST_TIDY);
}

/** Whether a restore ends by unpacking the certificates beside the snapshots, and fails where no host has them. */
export function needsBundle(version: RkeVersion): boolean {
  return isV01(version) && !isBefore(version, FIRST_WITH_BUNDLE);
}

/**
 * Whether this release restores no local snapshot while the cluster file has a `backup_config` without
 * `s3backupconfig`: v0.2.0 to v1.0.16 give up before the wipe (cluster/etcd.go).
 */
export function needsS3ForBackupConfig(version: RkeVersion): boolean {
  return !isV01(version) && isBefore(version, FIRST_LOCAL_WITH_BACKUP_CONFIG);
}

/** Whether this release may delete what it has made of an add-on that was taken out of the cluster file since. */
export function deletesRemovedAddons(version: RkeVersion): boolean {
  return !isBefore(version, FIRST_TO_DELETE_ADDONS);
}

/** Whether `ignore_docker_version` of the cluster file counts for this release. */
export function readsIgnoreDockerVersion(version: RkeVersion): boolean {
  return isBefore(version, FIRST_WITHOUT_DOCKER_FLAG_OF_FILE);
}

/** A pre-release counts as the release that it leads to. */
function isBefore({ major, minor, patch }: RkeVersion, release: string): boolean {
  return semver.lt(`${major}.${minor}.${patch}`, release);
}
