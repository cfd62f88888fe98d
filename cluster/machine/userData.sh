#!/bin/sh
# Makes a node of a new machine, as cloud-init's user data. Writes how far it is into $status.
set -u
: "${status?}" "${user?}" "${supported?}" "${kubernetes?}" "${snapshots?}" "${s3cmd?}" "${pause?}"
mkdir -p "${status%/*}"
echo running >"$status"
. ../script.sh
setup_failed() { tell failed "$@" >"$status"; echo "FAILED: $*" >&2; exit 1; } # CODE NAME=TEXT…, for the catalogue in userData.ts
try() { "$@" || setup_failed command-failed command="$*" exit="$?"; }
retry() { # COMMAND…: the network of a new machine may not be up yet
  tries=1
  until "$@"; do
    [ "$tries" -lt 5 ] || setup_failed command-fails command="$*" times="$tries"
    tries=$((tries + 1)); sleep "$pause"
  done
}
is_supported() { # VERSION, which may have an epoch
  for line in $supported; do case ${1#*:} in "$line" | "$line".* | "$line"[+~-]*) return 0 ;; esac; done
  return 1
}
docker_version() { docker version --format '{{.Server.Version}}' 2>/dev/null; }
id "$user" >/dev/null 2>&1 || setup_failed no-user user="$user"
if has apt-get; then
  export DEBIAN_FRONTEND=noninteractive
  install() { try apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"; }
  retry apt-get -o DPkg::Lock::Timeout=300 update
elif has dnf; then install() { try dnf install -y "$@"; }
elif has yum; then install() { try yum install -y "$@"; }
else setup_failed no-package-manager
fi
if ! has docker; then
  if has apt-get; then
    # The distribution's first version that RKE supports; RKE drops a node with a newer one from the cluster.
    chosen=$(apt-cache madison docker.io | while read -r _ _ version _; do
      if is_supported "$version"; then echo "$version"; break; fi
    done)
    [ -n "$chosen" ] || setup_failed no-docker-package kubernetes="$kubernetes" supported="$supported"
    install "docker.io=$chosen"
  else
    install docker
  fi
fi
if has systemctl; then try systemctl enable --now docker; fi
tries=0
until docker_version >/dev/null; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || setup_failed docker-silent
  sleep 2
done
is_supported "$(docker_version)" || setup_failed docker-not-supported docker="$(docker_version)" kubernetes="$kubernetes" supported="$supported"
try usermod -aG docker "$user"
try mkdir -p "$snapshots"
[ "$s3cmd" = no ] || has s3cmd || install s3cmd
echo "done" >"$status"
