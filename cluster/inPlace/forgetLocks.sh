#!/bin/sh
# Removes leader locks from the restored data: their holders are stopped, and whatever starts would wait until they lapse.
# All in one transaction: etcdctl reads its conditions, what to do, and what else to do, with an empty line after each.
set -eu
: "${endpoint?}" "${locks?}"
{
  echo
  for lock in $locks; do echo "del $lock"; done
  echo
  echo
} | docker exec --interactive -e ETCDCTL_API=3 -e "ETCDCTL_ENDPOINTS=$endpoint" etcd etcdctl txn >/dev/null
