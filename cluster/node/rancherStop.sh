#!/bin/sh
# Stops containers of Rancher's on one node side by side, and writes `stopped NAME` for each. Kubelet restarts them where
# their pod is still wanted. They are not restarted: a container of the newer version, whose pod the restore has forgotten,
# would migrate the restored data once more while it starts.
set -eu
: "${containers?}"
echo "stopping Rancher's containers, which kubelet restarts: $containers" >&2
begun=
for name in $containers; do
  docker stop --time 5 "$name" >/dev/null &
  begun="$begun $!:$name"
done
failed=
for one in $begun; do
  if wait "${one%%:*}"; then
    echo "stopped ${one#*:}"
  elif docker inspect "${one#*:}" >/dev/null 2>&1; then
    failed=1 # else kubelet has taken it away meanwhile
  fi
done
[ -z "$failed" ] || exit 1
