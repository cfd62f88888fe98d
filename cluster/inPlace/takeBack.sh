#!/bin/sh
# Makes what an earlier exchange has put aside the new data of this one.
set -eu
: "${about?}" "${from?}"
. ./folder.sh
aside=$data/.rancher-rollback/$from/old
[ -d "$live" ] || give_up "etcd has no data in $data"
[ -d "$aside/member" ] || give_up "the data from before are no longer in $aside"
mkdir -p "$work"
printf '%s\n' "$about" >"$work/about.json"
mv "$aside" "$work/new"
settle
