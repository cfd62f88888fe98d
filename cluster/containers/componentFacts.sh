#!/bin/sh
# A node's component and network containers as lines `container NAME RUNNING STARTED_AT`. All are asked for at once: a
# call of Docker's client costs more than what it answers.
: "${components?}"
. ./networkContainers.sh
# shellcheck disable=SC2046,SC2086 # names and ids, a word each
found=$(docker inspect --format 'container {{.Name}} {{.State.Running}} {{.State.StartedAt}}' $components $(network_containers) 2>/dev/null) || true
# Where nothing is there, it may be Docker that is not.
[ -n "$found" ] || docker version --format '{{.Server.Version}}' >/dev/null || exit 1
[ -z "$found" ] || printf '%s\n' "$found"
for name in $components; do
  case $found in *"container /$name "*) ;; *) echo "container /$name absent -" ;; esac
done
