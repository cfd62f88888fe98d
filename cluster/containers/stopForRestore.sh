#!/bin/sh
# Stops kubelet and Rancher's own containers on one node, so that nothing of Rancher writes during the restore. A
# container without its kubelet is not started again.
set -eu
. ../script.sh
. ./rancherContainers.sh
if docker inspect kubelet >/dev/null 2>&1; then
  echo "stopping kubelet" >&2
  docker stop --time 5 kubelet >/dev/null
fi
running=$(rancher_containers)
for id in $running; do
  echo "stopping Rancher's container $id" >&2
  docker stop --time 5 "$id" >/dev/null || if docker inspect "$id" >/dev/null 2>&1; then exit 1; fi
done
left=$(rancher_containers)
[ -z "$left" ] || give_up rancher-runs-again containers="$left"
