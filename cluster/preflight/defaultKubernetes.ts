import { checkFailed, type FailedCheck } from "../problem.ts";
import type { RkeVersion } from "../rke/version.ts";

interface Installing {
  rke: RkeVersion;
  /** `kubernetes_version` of the cluster file. */
  written?: string | undefined;
  /** What RKE installs where that is missing; absent where it does not say. */
  byDefault?: string | undefined;
  /** What the cluster has, such as `v1.20.15-rancher2-2`, or as the API says it, `v1.20.15`. */
  has?: string | undefined;
  /** What the snapshot has. */
  holds?: string | undefined;
}

/** Where the cluster file names no version, `rke up` takes RKE's own, which changes with the binary: nobody has asked for another one. */
export function unwantedKubernetes({ rke, written, byDefault, has, holds }: Installing): FailedCheck[] {
  if (written !== undefined || byDefault === undefined || has === undefined) return [];
  if (has === (has.includes("-") ? byDefault : releaseOf(byDefault))) return [];
  const held =
    holds === undefined || releaseOf(holds) === releaseOf(has) ? "" : `; or, where the snapshot's is meant, ${holds}`;
  // RKE fails on one that it does not know, in place in the last `rke up` (v1.8.0: cluster/validation.go, validateVersion).
  const unknown = `; where RKE ${rke.text} calls that version unsupported, set rkePath to the RKE that ran last`;
  return checkFailed("kubernetes-default", [
    {
      message: `the cluster has Kubernetes ${has}, but the cluster file names none, and RKE ${rke.text} would install its own default, ${byDefault}`,
      remedy: `${writeVersion(has)}${held}${unknown}`,
    },
  ]);
}

function releaseOf(version: string): string | undefined {
  return version.split("-")[0];
}

/** The line for the cluster file. @param has what the cluster has. */
export function writeVersion(has: string | undefined): string {
  if (has?.includes("-")) return `write into the cluster file: kubernetes_version: ${has}`;
  const line = "kubernetes_version, with the rancher number that RKE adds to it";
  return `write into the cluster file the version that the cluster has${has ? `, ${has}` : ""}: ${line}`;
}
