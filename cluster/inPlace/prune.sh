#!/bin/sh
# Removes earlier exchanges with the data that they have kept.
set -eu
: "${data?}" "${ids?}"
for id in $ids; do
  [ -d "$data/member" ] || exit 1
  echo "removing $data/.rancher-rollback/$id" >&2
  rm -rf "$data/.rancher-rollback/$id"
done
