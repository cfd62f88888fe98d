import { valueIn } from "../clusterFile/rkeYaml.ts";
import type { Way } from "../inPlace/way.ts";
import { takesAnyDocker } from "../rke/anyDocker.ts";
import type { RkeVersion } from "../rke/version.ts";

export interface Judged {
  rke: RkeVersion;
  /** Absent where it is not known: then no Docker is judged. */
  kubernetesVersion?: string | undefined;
  /** The one that RKE installs, by which it judges Docker; absent where that is not known. */
  installs?: string | undefined;
  /** RKE goes on with a node whose Docker it does not support (rke/anyDocker.ts). */
  anyDocker?: boolean;
  /** How etcd is restored; absent where that is not known. */
  way?: Way | undefined;
}

/** @param clusterFile its text. @param known `byDefault` is what RKE installs where that names no version. */
export function judgedBy(
  clusterFile: string,
  { byDefault, ...known }: Pick<Judged, "rke" | "kubernetesVersion" | "way"> & { byDefault?: string | undefined },
): Judged {
  const installs = valueIn(clusterFile, "kubernetes_version") ?? byDefault;
  return { ...known, installs, anyDocker: takesAnyDocker(clusterFile, known.rke) };
}
