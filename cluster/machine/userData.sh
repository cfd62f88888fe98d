#!/bin/sh
# Makes a node of a new machine, as cloud-init's user data. Writes how far it is into $status.
set -u
: "${status?}" "${user?}" "${supported?}" "${kubernetes?}" "${snapshots?}" "${s3cmd?}" "${pause?}"
mkdir -p "${status%/*}"
echo running >"$status"
fail() { printf 'failed %s\n' "$*" >"$status"; printf 'FAILED: %s\n' "$*" >&2; exit 1; }
try() { "$@" || fail "$* ended with exit code $?"; }
retry() { # COMMAND…: the network of a new machine may not be up yet
  tries=1
  until "$@"; do
    [ "$tries" -lt 5 ] || fail "$* ended with an error $tries times"
    tries=$((tries + 1)); sleep "$pause"
  done
}
has() { command -v "$1" >/dev/null 2>&1; }
is_supported() { # VERSION, which may have an epoch
  for line in $supported; do case ${1#*:} in "$line" | "$line".* | "$line"[+~-]*) return 0 ;; esac; done
  return 1
}
docker_version() { docker version --format '{{.Server.Version}}' 2>/dev/null; }
id "$user" >/dev/null 2>&1 || fail "there is no user $user on this image"
if has apt-get; then
  export DEBIAN_FRONTEND=noninteractive
  install() { try apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"; }
  retry apt-get -o DPkg::Lock::Timeout=300 update
elif has dnf; then install() { try dnf install -y "$@"; }
elif has yum; then install() { try yum install -y "$@"; }
else fail "there is neither apt-get nor dnf nor yum to install Docker with"
fi
if ! has docker; then
  if has apt-get; then
    # The distribution's first version that RKE supports; RKE drops a node with a newer one from the cluster.
    chosen=$(apt-cache madison docker.io | while read -r _ _ version _; do
      if is_supported "$version"; then echo "$version"; break; fi
    done)
    [ -n "$chosen" ] || fail "this image has no docker.io that RKE supports for Kubernetes $kubernetes ($supported); choose another image"
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
is_supported "$(docker_version)" || fail "RKE does not support Docker $(docker_version) for Kubernetes $kubernetes ($supported); choose another image"
try usermod -aG docker "$user"
try mkdir -p "$snapshots"
[ "$s3cmd" = no ] || has s3cmd || install s3cmd
echo "done" >"$status"
