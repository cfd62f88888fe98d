#!/bin/sh
# Makes the data that an earlier exchange has kept the new data of this one.
set -eu
: "${about?}" "${from?}"
. ./folder.sh
aside=$data/.rancher-rollback/$from/old
[ -d "$live" ] || give_up "etcd has no data in $data"
[ -d "$aside/member" ] || give_up "the old data are no longer in $aside"
mkdir -p "$work"
printf '%s\n' "$about" >"$work/about.json"
mv "$aside" "$work/new"
settle
