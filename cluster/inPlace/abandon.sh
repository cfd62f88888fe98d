#!/bin/sh
# Removes what was prepared for an exchange that is not done. What came from an earlier one goes back to it.
set -eu
: "${from?}"
. ./folder.sh
[ ! -d "$old" ] || give_up "the old data are in $work: it is not removed"
if [ -n "$from" ] && [ -d "$new" ]; then
  mkdir -p "$data/.rancher-rollback/$from"
  mv "$work/new" "$data/.rancher-rollback/$from/old"
fi
rm -rf "$work"
