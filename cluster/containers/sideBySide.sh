#!/bin/sh
# Sourced by scripts that restart or stop containers.
: "${containers?}"

# docker COMMAND for all containers at once, and a line `DONE NAME` for each. RKE, too, gives a container 5 s to stop
# (v1.8.0, docker/docker.go). Fails once all have ended where one has failed that is still there.
side_by_side() { # COMMAND DONE MAY-VANISH: yes where kubelet may remove one at the same time
  begun=
  for name in $containers; do
    docker "$1" --time 5 "$name" >/dev/null &
    begun="$begun $!:$name"
  done
  failed=
  for one in $begun; do
    name=${one#*:}
    if wait "${one%%:*}"; then
      echo "$2 $name"
    elif [ "$3" = no ] || docker inspect "$name" >/dev/null 2>&1; then
      failed=1
    fi
  done
  [ -z "$failed" ]
}
