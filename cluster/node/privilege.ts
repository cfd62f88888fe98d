import type { Problem } from "../problem.ts";
import { shellWord } from "../shell.ts";

/** How a script ends that needs root and cannot have it (sysexits.h, EX_NOPERM). */
const NO_PERMISSION = 77;

/** The name of our containers and images on a node, followed by `-PID` and `:PID`. RKE's own never begin like this. */
const OURS = "rancher-rollback";

/** The folders that the node's own `chroot` needs in order to start, beside its loader's. */
const PROGRAMS = "bin lib lib64 sbin usr";

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
export function asRoot(script: string, otherwise: "refuse" | "run as the user" = "refuse"): string {
  const refuse =
    otherwise === "refuse"
      ? `printf 'unprivileged %s %s\\n' "$1" "$(printf %s "$2" | tail -n 1)" >&2; exit ${NO_PERMISSION}`
      : 'exec sh -c "$script"';
  // A function, so that the shell has read all of it before a command that shares its standard input begins.
  return `as_root() {
script=${shellWord(script)}
[ "$(id -u)" != 0 ] || exec sh -c "$script"
! sudo -n sh -c : 2>/dev/null || exec sudo -n sh -c "$script"
refuse() { ${refuse}; }
said=$(docker version --format '{{.Server.Version}}' 2>&1) || refuse docker "$said"
docker ps --all --quiet --filter label=${OURS} --filter status=exited 2>/dev/null | while read -r old; do
  docker rm "$old" >/dev/null 2>&1
done
docker images --format '{{.Tag}}' ${OURS} 2>/dev/null | while read -r owner; do
  [ -d "/proc/$owner" ] || docker rmi "${OURS}:$owner" >/dev/null 2>&1
done
folders=
for folder in ${PROGRAMS}; do [ ! -d "/$folder" ] || folders="$folders --volume /$folder:/$folder:ro"; done
contained() { # OPTION… IMAGE COMMAND…
  docker run --rm --name ${OURS}-$$ --label ${OURS} --log-driver none --privileged --pid host --network host \\
    --security-opt label=disable --env "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH" \\
    --volume /:/host $folders "$@"
}
# An archive of nothing: an empty image.
said=$(head -c 10240 /dev/zero | docker import - ${OURS}:$$ 2>&1) || refuse container "$said"
# By its id: Docker's content trust knows no names of ours.
image=\${said##*sha256:}
trap : HUP INT TERM PIPE
contained --interactive "$image" chroot /host /bin/sh -c "$script"
code=$? failed=
if [ "$code" -ne 0 ]; then
  # Docker's client may have lost its reader, and the container not know of it.
  { docker stop -t 10 ${OURS}-$$; docker rm --force ${OURS}-$$; } >/dev/null 2>&1
  # Docker's own failures have these codes, but a script may end with them, too.
  case $code in 125 | 126 | 127) said=$(contained "$image" chroot /host /bin/sh -c : 2>&1) || failed=yes ;; esac
fi
docker rmi ${OURS}:$$ >/dev/null 2>&1
[ -z "$failed" ] || refuse container "$said"
exit "$code"
}
as_root
`;
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
