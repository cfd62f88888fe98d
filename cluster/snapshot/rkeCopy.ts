import { asRoot } from "../node/privilege.ts";
import { script } from "../script.ts";
import { type ProofArgs, proofValues } from "./proof.ts";

const removeCopy = script(import.meta.dirname, "rkeCopy.sh");

/**
 * Removes what a failed restore of RKE has left on an etcd host beside the host's own zip: before it compares the
 * snapshots, RKE unpacks the zip of one host and lets all others fetch that (RKE v1.8.0 cluster/etcd.go, PrepareBackup). Prints `removed` and the path.
 * @param kept sha256 of the proven snapshot in the zip; nothing is removed where the zip holds another by now.
 * @param copies sha256 of the proven snapshots of all hosts; a file that is none of them is somebody's own.
 */
export function removeRkeCopyScript(snapshot: ProofArgs, kept: string, copies: string[]): string {
  return asRoot(removeCopy({ ...proofValues(snapshot), kept, copies: copies.join(" ") }));
}
