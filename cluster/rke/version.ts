import semver from "semver";

/** A version of the `rke` binary. The command checks names by it before it loads zod: its schema is in steps/contractParts.ts. */
export interface RkeVersion {
  major: number;
  minor: number;
  patch: number;
  /** As `rke --version` prints it, e.g. `v1.8.0`. */
  text: string;
}

type Is = (version: RkeVersion) => boolean;

/** `rke version v1.8.0` → its parts; undefined for anything that is not a release. */
export function parseRkeVersion(printed: string): RkeVersion | undefined {
  const [, text = ""] = /^rke version (v\S+)\s*$/m.exec(printed) ?? [];
  const version = semver.parse(text);
  return version ? { text, major: version.major, minor: version.minor, patch: version.patch } : undefined;
}

/** Whether this release has `rke etcd snapshot-restore` (field notes on RKE v0.1.7). */
export const restoresSnapshots = from("0.1.7");

/** Whether this release keeps snapshots as zip files and wants their names without `.zip` (rke#1501, rke#1914, rke#2408). */
export const namesSnapshotsWithoutZip = from("0.2.5");

/**
 * Whether this release restores with the state file that is in a snapshot's zip, where one is (cmd/etcd.go); the rke-tools of
 * older ones may restore that file as the snapshot (rke-tools before v0.1.62, main.go).
 */
export const readsStateInZip = from("1.1.5");

/**
 * Whether this is v0.1.x, whose restore is another one (cmd/etcd.go, cluster/etcd.go, v0.1.7 to v0.1.20). It restores on each
 * host what is there, instead of one host's snapshot on all. It begins to wipe before it prints a line at which it could be
 * stopped: it checks nothing, and removes etcd as soon as it is connected to all nodes. It restores etcd alone, and leaves the
 * cluster to `rke up`. It has no S3, hence no `services.etcd.backup_config`, and no state file beside the cluster file.
 */
export const isV01 = before("0.2.0");

/** Whether etcd's restore fails on the folder that an earlier one has left (rke#768). */
export const failsOnRestoreFolder = before("0.1.9");

/**
 * Whether a restore ends by unpacking the cluster's certificates, which a save has put beside the snapshots
 * (cluster/certificates.go), and fails where no host has them.
 */
export const needsBundle: Is = (version) => isV01(version) && from("0.1.8")(version);

/**
 * Whether this release restores no local snapshot while the cluster file has a `backup_config` without `s3backupconfig`:
 * v0.2.0 to v1.0.16 give up before the wipe (cluster/etcd.go; rke#1538, rke#1627, rke#2033).
 */
export const needsS3ForBackupConfig: Is = (version) => !isV01(version) && before("1.1.0")(version);

/**
 * Whether this release may delete what it has made of an add-on that was taken out of the cluster file since. Up to v1.1.0-rc6
 * RKE leaves it alone (rke#1916). That changed in the line v1.1 in May and June 2020 (rke#2059, rke#2112); by which release is
 * not known here.
 */
export const deletesRemovedAddons = from("1.1.0");

/**
 * Whether `ignore_docker_version` of the cluster file counts: later the command line overwrites it, also where that says
 * nothing (cmd/common.go).
 */
export const readsIgnoreDockerVersion = before("1.1.3");

/** A pre-release counts as the release that it leads to. */
function before(release: string): Is {
  return ({ major, minor, patch }) => semver.lt(`${major}.${minor}.${patch}`, release);
}

function from(release: string): Is {
  const isBefore = before(release);
  return (version) => !isBefore(version);
}
