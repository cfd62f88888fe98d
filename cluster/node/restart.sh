#!/bin/sh
# Restarts containers of one node side by side, and writes `restarted NAME` for each. Where `may_vanish` is yes, kubelet may
# replace one meanwhile, which is a restart too. RKE, too, gives a container 5 s to stop (v1.8.0, docker/docker.go).
set -eu
: "${containers?}" "${may_vanish?}"
echo "restarting $containers" >&2
begun=
for name in $containers; do
  docker restart --time 5 "$name" >/dev/null &
  begun="$begun $!:$name"
done
failed=
for one in $begun; do
  if wait "${one%%:*}"; then continue; fi
  if [ "$may_vanish" = no ] || docker inspect "${one#*:}" >/dev/null 2>&1; then failed=1; fi
done
[ -z "$failed" ] || exit 1
for name in $containers; do
  docker inspect --format 'restarted {{.Name}}' "$name" 2>/dev/null || true
done
