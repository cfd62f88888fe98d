#!/bin/sh
# Runs on an etcd host from before a snapshot is opened until it is closed: prints the most memory, KiB, that the processes in
# its containers had for themselves. What the kernel caches of their files is not theirs.
set -u
most=0 seen=no gone=0 rounds=0
while [ "$gone" -lt 10 ] && [ "$rounds" -lt 3000 ]; do
  rounds=$((rounds + 1))
  now=0
  for pid in $(docker ps --quiet --filter label=rancher-rollback-opened | xargs -r docker inspect --format '{{.State.Pid}}' 2>/dev/null); do
    of=$(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null)
    now=$((now + ${of:-0}))
  done
  if [ "$now" -gt 0 ]; then seen=yes gone=0
  elif [ "$seen" = yes ]; then gone=$((gone + 1)); fi
  [ "$now" -le "$most" ] || most=$now
  sleep 0.2
done
echo "$most"
