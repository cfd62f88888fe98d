#!/bin/sh
# Runs on an etcd host: puts ten thousand values of 10 kB into etcd, the size of many objects of Rancher's, that no compression
# makes much smaller. The argument keeps their names apart from those of other calls.
set -eu
for worker in 0 1; do
  for number in $(seq "$worker" 2 99); do
    {
      echo
      head -c 750000 /dev/urandom | base64 -w 10000 | awk -v name="bench/$1-$number" '{ print "put " name "-" NR " " $0 }'
      printf '\n\n'
    } | docker exec --interactive --env ETCDCTL_API=3 etcd etcdctl txn >/dev/null || break
  done &
done
wait
docker exec etcd etcdctl endpoint status --write-out json
