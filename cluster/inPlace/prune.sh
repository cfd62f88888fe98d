#!/bin/sh
# Removes earlier exchanges with the data that they have kept.
set -eu
. ../script.sh
: "${data?}" "${ids?}"
for id in $ids; do
  [ -d "$data/member" ] || give_up no-data data="$data"
  echo "removing $data/.rancher-rollback/$id" >&2
  rm -rf "$data/.rancher-rollback/$id"
done
