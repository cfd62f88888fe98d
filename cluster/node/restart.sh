#!/bin/sh
# The runbook's restart on one node. Writes `restarted NAME STARTED_AT` lines, first a line `clock NOW` by the node's own
# clock, and `missing NAME` with exit code 3 before anything is restarted if a component is not there.
set -eu
: "${components?}"
. ./networkContainers.sh
echo "clock $(date -u +%Y-%m-%dT%H:%M:%SZ)"
network=$(network_containers)
missing=
for name in $components; do
  docker inspect "$name" >/dev/null 2>&1 || { echo "missing $name"; echo "container $name is missing" >&2; missing=1; }
done
[ -z "$missing" ] || exit 3
echo "restarting $components" >&2
# shellcheck disable=SC2086 # names, one word each
docker restart $components >/dev/null
for id in $network; do
  echo "restarting the network container $id" >&2
  # kubelet may have replaced it meanwhile, which is a restart too
  docker restart "$id" >/dev/null || if docker inspect "$id" >/dev/null 2>&1; then exit 1; fi
done
for name in $components $network; do
  docker inspect --format 'restarted {{.Name}} {{.State.StartedAt}}' "$name" 2>/dev/null || true
done
