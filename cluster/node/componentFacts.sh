#!/bin/sh
# A node's component and network containers as lines `container NAME RUNNING STARTED_AT`.
: "${components?}"
. ./networkContainers.sh
format='container {{.Name}} {{.State.Running}} {{.State.StartedAt}}'
for name in $components; do
  docker inspect --format "$format" "$name" 2>/dev/null || echo "container /$name absent -"
done
for id in $(network_containers); do
  docker inspect --format "$format" "$id" 2>/dev/null || true
done
