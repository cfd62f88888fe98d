#!/bin/sh
# Runs a script as root: as it is for root, by sudo, or in a container (see privilege.ts). A function, so that the shell
# has read all of it before a command that shares its standard input begins.
: "${script?}" "${otherwise?}" "${ours?}"
. ../script.sh

or_as_user() { [ "$otherwise" = refuse ] || exec sh -c "$script"; }

# By which name the docker group and sudo know the user.
user() { id -un 2>/dev/null || id -u; }

# What an outer shell that was killed has left; the images' tags are the process ids of such shells.
sweep() {
  docker ps --all --quiet --filter "label=$ours" --filter status=exited | while read -r old; do
    docker rm "$old"
  done
  docker images --format '{{.Tag}}' "$ours" | while read -r owner; do
    [ -d "/proc/$owner" ] || docker rmi "$ours:$owner"
  done
}

contained() { # OPTION… IMAGE COMMAND…
  # What the node's own chroot needs in order to start, some of it only on some nodes.
  for folder in bin lib lib64 sbin usr; do
    [ ! -d "/$folder" ] || set -- --volume "/$folder:/$folder:ro" "$@"
  done
  docker run --rm --name "$ours-$$" --label "$ours" --log-driver none --privileged --pid host --network host \
    --security-opt label=disable --env "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH" \
    --volume /:/host "$@"
}

no_container() {
  or_as_user
  give_up no-container-right user="$(user)" said="$(last_line "$said")"
}

as_root() {
  [ "$(id -u)" != 0 ] || exec sh -c "$script"
  ! sudo -n sh -c : 2>/dev/null || exec sudo -n sh -c "$script"
  said=$(docker version --format '{{.Server.Version}}' 2>&1) || {
    or_as_user
    give_up no-docker-right user="$(user)" said="$(last_line "$said")"
  }
  sweep >/dev/null 2>&1
  # An archive of nothing: an image of nothing.
  said=$(head -c 10240 /dev/zero | docker import - "$ours:$$" 2>&1) || no_container
  # By its id: Docker's content trust knows no names of ours.
  image=${said##*sha256:}
  trap : HUP INT TERM PIPE
  contained --interactive "$image" chroot /host /bin/sh -c "$script"
  code=$?
  refused=
  if [ "$code" -ne 0 ]; then
    # Docker's client may have lost its reader, of which the container does not know.
    { docker stop -t 10 "$ours-$$"; docker rm --force "$ours-$$"; } >/dev/null 2>&1
    # Docker's own failures have these codes, but a script may end with them, too.
    case $code in 125 | 126 | 127) said=$(contained "$image" chroot /host /bin/sh -c : 2>&1) || refused=yes ;; esac
  fi
  docker rmi "$ours:$$" >/dev/null 2>&1
  [ -z "$refused" ] || no_container
  exit "$code"
}
as_root
