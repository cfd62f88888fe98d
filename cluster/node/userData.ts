import { shellWord } from "../shell.ts";
import { SNAPSHOT_FOLDER } from "../snapshot/proof.ts";
import { supportedDocker } from "./dockerVersions.ts";

export interface UserDataArgs {
  /** Who logs in; the image has this user. */
  user: string;
  /** The cluster's, such as `v1.20.15-rancher2-2`: it decides which Docker RKE takes. */
  kubernetesVersion: string;
  /** The snapshot comes from S3. */
  s3cmd: boolean;
}

/** Where a new machine writes how far it is: `running`, `done` or `failed: WHY`. */
export const PROVISIONING = "/var/lib/rancher-rollback/provisioning";

/**
 * User data for cloud-init: a shell script that makes a node of a new machine, from its distribution's own packages
 * and in a Docker version that RKE takes. It may run twice. It holds no secret: whoever runs on the machine can read it.
 */
export function userData({ user, kubernetesVersion, s3cmd }: UserDataArgs): string {
  return `#!/bin/sh
set -u
status=${PROVISIONING}
mkdir -p "\${status%/*}"
echo running >"$status"
fail() { printf 'failed: %s\\n' "$*" >"$status"; printf 'FAILED: %s\\n' "$*" >&2; exit 1; }
try() { "$@" || fail "$* ended with exit code $?"; }
has() { command -v "$1" >/dev/null 2>&1; }
user=${shellWord(user)}
supported=${shellWord(supportedDocker(kubernetesVersion).join(" "))}
is_supported() { # VERSION, which may have an epoch
  for line in $supported; do case \${1#*:} in "$line" | "$line".* | "$line"[+~-]*) return 0 ;; esac; done
  return 1
}
docker_version() { docker version --format '{{.Server.Version}}' 2>/dev/null; }
id "$user" >/dev/null 2>&1 || fail "there is no user $user on this image"
if has apt-get; then
  export DEBIAN_FRONTEND=noninteractive
  install() { try apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"; }
  try apt-get -o DPkg::Lock::Timeout=300 update
elif has dnf; then install() { try dnf install -y "$@"; }
elif has yum; then install() { try yum install -y "$@"; }
else fail "there is neither apt-get nor dnf nor yum to install Docker with"
fi
if ! has docker; then
  if has apt-get; then
    # The distribution's first version that RKE takes; a newer one would get the node dropped from the cluster.
    chosen=$(apt-cache madison docker.io | while read -r _ _ version _; do
      if is_supported "$version"; then echo "$version"; break; fi
    done)
    [ -n "$chosen" ] || fail "this image has no docker.io that RKE takes for Kubernetes ${kubernetesVersion} ($supported); choose another image"
    install "docker.io=$chosen"
  else
    install docker
  fi
fi
if has systemctl; then try systemctl enable --now docker; fi
tries=0
until docker_version >/dev/null; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || fail "Docker is installed but does not answer"
  sleep 2
done
is_supported "$(docker_version)" || fail "Docker $(docker_version) is none that RKE takes for Kubernetes ${kubernetesVersion} ($supported); choose another image"
try usermod -aG docker "$user"
try mkdir -p ${SNAPSHOT_FOLDER}
${s3cmd ? "has s3cmd || install s3cmd\n" : ""}echo done >"$status"
`;
}
