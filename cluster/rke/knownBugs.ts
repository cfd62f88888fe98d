import semver from "semver";
import type { ClusterFile } from "../clusterFile/clusterFile.ts";
import { readText } from "../clusterFile/encoding.ts";
import { Fields } from "../clusterFile/fields.ts";
import { readEtcdImage } from "../clusterFile/stateFile.ts";
import { tagOf } from "../image.ts";
import { type Problem, setRemedy } from "../problem.ts";
import { isV01, type RkeVersion } from "./version.ts";

/** What is known to go wrong in a restore by a release of RKE, before anything is done. */
interface KnownBug extends Problem {
  /** Whether a restore must not begin, or the operator must only know. */
  severity: "refuse" | "warn";
}

/** Images of etcd from here on have no shell, and `etcd-restore` is started by one (etcd PR 15016). */
const FIRST_ETCD_WITHOUT_SHELL = "3.5.7";
/** Releases of RKE that start it in etcd's image all the same (rke#3382, rke#3485; fixed in v1.4.14-rc2 and v1.5.0). */
const NEEDS_SHELL = "<1.4.14-rc2 || >=1.5.0-0 <1.5.0";
/** Later ones take another image for it, if etcd's has this in its name (cluster/etcd.go, getRestoreImage). */
const KNOWN_WITHOUT_SHELL = "rancher/mirrored-coreos-etcd";

export function knownBugs(
  { path, stateFile }: Pick<ClusterFile, "path" | "stateFile">,
  version: RkeVersion,
): KnownBug[] {
  const clusterFile = Fields.read(readText(path).text);
  // RKE starts `etcd-restore` in this image; the state file has that of the Kubernetes version.
  const etcdImage = clusterFile.record("system_images").text("etcd") || readEtcdImage(stateFile);
  return [
    ...(etcdImage && hasNoShell(etcdImage) ? withoutShell(version, etcdImage) : []),
    ...(isV01(version) ? [unannounced(version)] : rotations(clusterFile)),
  ];
}

function unannounced({ text }: RkeVersion): KnownBug {
  return {
    severity: "warn",
    message: `RKE ${text} checks nothing before it wipes, and removes etcd before it prints a line: it cannot be stopped for certain once it is connected to the nodes`,
    remedy: "check that every node of the cluster file answers over SSH before you begin",
  };
}

/** With one of these keys `rke up`, also the one within a restore, rotates and builds nothing (cmd/up.go v1.8.0, ClusterUp). */
function rotations(file: Fields): KnownBug[] {
  const keys = [
    ...(file.has("rotate_certificates") ? ["rotate_certificates"] : []),
    ...(file.flag("rotate_encryption_key") ? ["rotate_encryption_key"] : []),
  ];
  return keys.map((key) => ({
    severity: "refuse",
    message: `the cluster file has ${key}: RKE would rotate instead of building the cluster after the wipe`,
    remedy: `take ${key} out of the cluster file`,
  }));
}

function withoutShell(version: RkeVersion, image: string): KnownBug[] {
  const why = `${image} has no shell, so RKE ${version.text} cannot start etcd-restore in it: the restore would fail after the wipe`;
  if (semver.satisfies(version.text, NEEDS_SHELL, { includePrerelease: true })) {
    return [
      {
        severity: "refuse",
        message: why,
        remedy: setRemedy("use RKE v1.4.14 or later, but no pre-release of v1.5.0", "rkePath", "./rke_linux-amd64"),
      },
    ];
  }
  if (image.includes(KNOWN_WITHOUT_SHELL)) return [];
  return [
    {
      severity: "refuse",
      message: `${why}; it takes another image only for one with ${KNOWN_WITHOUT_SHELL} in its name`,
      remedy: `give the image such a name in your registry, and set it as system_images.etcd in the cluster file: REGISTRY/${KNOWN_WITHOUT_SHELL}:${tagOf(image)}`,
    },
  ];
}

function hasNoShell(image: string): boolean {
  const etcd = semver.coerce(tagOf(image));
  return etcd !== null && semver.gte(etcd, FIRST_ETCD_WITHOUT_SHELL);
}
