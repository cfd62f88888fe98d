#!/bin/sh
# Removes earlier exchanges with what they have put aside.
set -eu
: "${data?}" "${ids?}"
for id in $ids; do
  [ -d "$data/member" ] || exit 1
  echo "removing $data/.rancher-rollback/$id" >&2
  rm -rf "$data/.rancher-rollback/$id"
done
