#!/bin/sh
# Stops Rancher's own containers on one node and writes `stopped NAME` for each. Kubelet starts them anew where their pod is
# still wanted. They are not restarted: a container of the newer version, whose pod the restore has forgotten, would migrate
# the restored data once more while it starts.
set -eu
. ./rancherContainers.sh
running=$(rancher_containers)
for id in $running; do
  echo "stopping Rancher's container $id, which kubelet starts anew" >&2
  name=$(docker inspect --format '{{.Name}}' "$id" 2>/dev/null) || continue
  # kubelet may have taken it away meanwhile
  docker stop "$id" >/dev/null || if docker inspect "$id" >/dev/null 2>&1; then exit 1; fi
  echo "stopped $name"
done
