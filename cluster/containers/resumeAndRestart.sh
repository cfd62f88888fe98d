#!/bin/sh
# Starts a kubelet that was stopped for a restore (names) and, beside it, restarts what has watched data that are gone: those of
# `watchers` that are here, and the network's containers. One that does not restart is left to the restarts of the rollback.
set -eu
: "${watchers?}"
. ./networkContainers.sh
watching=$(network_containers)
for name in $watchers; do
  if docker inspect "$name" >/dev/null 2>&1; then watching="$watching $name"; fi
done
trap wait EXIT
for name in $watching; do
  docker restart --time 5 "$name" >/dev/null || true &
done
. ./startAgain.sh
