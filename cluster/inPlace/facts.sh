#!/bin/sh
# What an in-place restore must know of this etcd host, and every restore that it remembers; changes nothing. `folder` is
# where the snapshots lie, `name` the snapshot's name.
set -u
: "${folder?}" "${name?}"
. ../script.sh
. ../node/docker.sh
. ../etcd/data.sh
. ../snapshot/archive.sh
. ../etcd/image.sh
. ../etcd/restorer.sh

inspect() { docker inspect --format "$1" "$2" 2>/dev/null; } # FORMAT CONTAINER

container() {
  inspect 'etcd {{.State.Status}} {{.Image}} {{.Config.Image}}' etcd || return 1
  inspect '{{range .Args}}arg {{.}}{{"\n"}}{{end}}' etcd
}

in_image() { # PROGRAM ARGUMENT…: of etcd's image, which need not hold a shell (etcd 3.5.7 and later)
  if [ "$(inspect '{{.State.Status}}' etcd)" = running ]; then
    docker exec --env ETCDCTL_API=3 etcd "$@" 2>&1
  else
    program=$1
    shift
    in_own_container --rm --entrypoint "$program" "$(inspect '{{.Image}}' etcd)" "$@" 2>&1
  fi
}

here() { if [ -d "$1" ]; then echo yes; else echo no; fi; }

owner() {
  for place in "$data/member" "$data"/.rancher-rollback/*/old/member "$data"; do
    [ -d "$place" ] || continue
    stat -c 'owner %u:%g %a' "$place"
    label=$(stat -c %C "$place" 2>/dev/null)
    case $label in *:*) echo "label $label" ;; esac
    return
  done
}

mounts() { # below the data: a folder that is a mount, or a link to elsewhere, cannot be exchanged by rename
  while read -r _ _ _ _ point _; do
    case $point in "$data"/*) echo "mount $point" ;; esac
  done </proc/self/mountinfo
  for place in "$data/member" "$data/member/snap" "$data/member/wal"; do
    if [ -L "$place" ]; then echo "mount $place"; fi
  done
}

exchanges() { # what in-place restores have left
  for place in "$data"/.rancher-rollback/*/; do
    [ -d "$place" ] || continue
    place=${place%/}
    id=${place##*/}
    about=$(cat "$place/about.json" 2>/dev/null)
    tell exchange "$id" new="$(here "$place/new/member")" old="$(here "$place/old/member")" \
      old_kib="$(used_kib "$place/old/member")" about="$about"
  done
}

state() { # RKE's state file in the snapshot's zip
  if [ -f "$folder/$name.zip" ] && is_zip "$folder/$name.zip" && member "$folder/$name.zip" "/etc/kubernetes/$name.rkestate"; then
    printf 'state %s\n' "$(unpack "$folder/$name.zip" | base64 | tr -d '\n')"
  elif [ -f "$folder/$name.zip" ] || [ -f "$folder/$name" ]; then echo "state"; fi
}

if [ -d "$data" ]; then
  data=$(cd "$data" && pwd -P)
  printf 'data %s\n' "$data"
  echo "member $(here "$data/member")"
  echo "free $(free_kib "$data")"
  owner
  mounts
  exchanges
fi
if container; then restorer; fi
inspect 'kubernetes {{.Config.Image}}' kubelet
state
. ../history/read.sh
