#!/bin/sh
# Runs on an etcd host: puts a hundred values of 1 MB into etcd that no compression makes smaller. The argument keeps their
# names apart from those of other calls.
set -eu
# shellcheck disable=SC2016 # the container's shell expands it
docker exec etcd sh -c '
  for worker in 0 1 2 3; do
    for number in $(seq "$worker" 4 99); do
      head -c 1000000 /dev/urandom | etcdctl put "bench/$1-$number" >/dev/null || break
    done &
  done
  wait' sh "$1"
docker exec etcd etcdctl endpoint status --write-out json
