import { script } from "../script.ts";

/** Our containers on a node are `rancher-rollback-PID`, our images `rancher-rollback:PID`; RKE has no such names. */
const OURS = "rancher-rollback";

const run = script(import.meta.dirname, "asRoot.sh");

/**
 * A script that runs as root, whatever user logs in: as it is for root; by sudo, if that asks for no password; else, as RKE
 * demands no more of its user than the docker group, in a privileged container that has the node's root as its own.
 * Standard input, standard output and the exit code are the script's, byte for byte.
 *
 * The container's image is made on the spot and holds nothing: what runs is the node's own. So nothing is pulled, a
 * node that has no image yet will do, and no image has to contain a shell. Container and image go when the script ends;
 * what an outer shell that was killed has left, the next one takes away.
 *
 * @param otherwise what happens where none of this is possible: the script gives up with why, which ssh() turns into
 * an SshError; or it runs as the user.
 */
export function asRoot(text: string, otherwise: "refuse" | "run-as-user" = "refuse"): string {
  return run({ script: text, otherwise, ours: OURS });
}
