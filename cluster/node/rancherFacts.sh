#!/bin/sh
# Rancher's own containers on one node as lines `container NAME RUNNING STARTED_AT`.
. ./rancherContainers.sh
for id in $(rancher_containers); do
  docker inspect --format 'container {{.Name}} {{.State.Running}} {{.State.StartedAt}}' "$id" 2>/dev/null || true
done
