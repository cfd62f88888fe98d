#!/bin/sh
# On the operator's machine: proves a snapshot's file, whatever its name, and finds an etcd that opens it, `opener PROGRAM` of
# an image, which is empty for this machine's own programs. Changes nothing and pulls nothing.
: "${file?}"
. ../snapshot/prove.sh
. ../etcd/image.sh
. ../etcd/restorer.sh

images() { # ids of etcd's; a Docker elsewhere does not see the file
  case ${DOCKER_HOST:-$(docker context inspect --format '{{.Endpoints.docker.Host}}')} in unix:* | '') ;; *) return ;; esac
  docker images --no-trunc --format '{{.ID}} {{.Repository}}' | sed -n 's/^\([^ ]*\) .*etcd$/\1/p'
}

in_image() { # PROGRAM ARGUMENT…
  if [ -n "$image" ]; then
    program=$1
    shift
    in_own_container --rm --entrypoint "$program" "$image" "$@" 2>&1
  else command -v etcd >/dev/null && command -v etcdctl >/dev/null && ETCDCTL_API=3 "$@" 2>&1; fi
}

if [ ! -f "$folder/$file" ] || [ ! -r "$folder/$file" ]; then fail file-unreadable path="$folder/$file"; fi
prove "$folder/$file" || fail file-wrong path="$folder/$file" why="$why"
right=$file
note "$folder/$file"
report there
for image in $(images 2>/dev/null) ''; do
  restorer >/dev/null || continue
  # shellcheck disable=SC2154 # restorer sets it
  tell opener "$tool" image="$image"
  break
done
