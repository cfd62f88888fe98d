#!/bin/sh
# Rancher's own containers on one node as lines `rancher NAME RUNNING STARTED_AT`, and `host NAME`.
. ./rancherContainers.sh
printf 'host %s\n' "$(uname -n)"
ids=$(rancher_containers)
if [ -n "$ids" ]; then
  # shellcheck disable=SC2086 # ids, a word each
  docker inspect --format 'rancher {{.Name}} {{.State.Running}} {{.State.StartedAt}}' $ids 2>/dev/null || true
fi
