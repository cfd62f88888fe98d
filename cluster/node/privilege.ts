import type { Problem } from "../problem.ts";
import { script } from "../script.ts";
import { shellWord } from "../shell.ts";

/** How a script ends that needs root and cannot have it (sysexits.h, EX_NOPERM; see asRoot.sh). */
const NO_PERMISSION = 77;

/** Our containers on a node are `rancher-rollback-PID`, our images `rancher-rollback:PID`; RKE has no such names. */
const OURS = "rancher-rollback";

const run = script(import.meta.dirname, "asRoot.sh");

/**
 * A script that runs as root, whoever logs in: as it is for root; by sudo, if that asks for no password; else, as RKE
 * demands no more of its user than the docker group, in a privileged container that has the node's root as its own.
 * Standard input, standard output and the exit code are the script's, byte for byte.
 *
 * The container's image is made on the spot and holds nothing: what runs is the node's own. So nothing is pulled, a
 * node that has no image yet will do, and no image has to contain a shell. Container and image go when the script ends;
 * what an outer shell that was killed has left, the next one takes away.
 *
 * @param otherwise what happens where none of this is possible: the script prints a line `unprivileged REASON SAID` on
 * standard error and ends with 77, which ssh() turns into an SshError; or it runs as the user.
 */
export function asRoot(text: string, otherwise: "refuse" | "run-as-user" = "refuse"): string {
  return run({ script: text, otherwise, ours: OURS });
}

/**
 * Why a script of asRoot was refused on a node, by its exit code and standard error; undefined where it was not.
 * The message does not name the node.
 */
export function privilegeProblem(
  { name, user }: { name: string; user: string },
  { code, stderr }: { code: number | null | undefined; stderr: string },
): Problem | undefined {
  if (code !== NO_PERMISSION) return undefined;
  const [, reason, said = ""] = /^unprivileged (docker|container) (.*)$/m.exec(stderr) ?? [];
  if (reason === undefined) return undefined;
  const [may, remedy] =
    reason === "docker"
      ? ["may not use Docker", `usermod -aG docker ${shellWord(user)}`]
      : [
          "gets no privileged container from Docker",
          `echo ${shellWord(`${user} ALL=(ALL) NOPASSWD: ALL`)} >/etc/sudoers.d/${OURS}`,
        ];
  return {
    message: `${user} is not root, may not use sudo without a password, and ${may}: ${said || "no reason given"}`,
    remedy: `on ${name}, as root: ${remedy}`,
  };
}
