import { Fields } from "../clusterFile/fields.ts";
import { type RkeVersion, readsIgnoreDockerVersion } from "./version.ts";

/** Whether RKE takes a node with any Docker into the cluster, and only warns of one that it does not support. @param clusterFile its text. */
export function takesAnyDocker(clusterFile: string, rke: RkeVersion): boolean {
  return readsIgnoreDockerVersion(rke) && Fields.read(clusterFile).flag("ignore_docker_version");
}
