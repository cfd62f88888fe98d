#!/bin/sh
# Removes leader locks from the restored data: who held them stands still, and whoever starts would wait until they lapse.
: "${endpoint?}" "${locks?}"
. ../etcd/etcdctl.sh
for lock in $locks; do
  etcdctl "$endpoint" del "$lock" >/dev/null || exit 1
done
