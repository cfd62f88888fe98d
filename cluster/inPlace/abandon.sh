#!/bin/sh
# Removes what was prepared for an exchange that is not done. What came from an earlier one is returned to it.
set -eu
: "${from?}"
. ./folder.sh
[ ! -d "$old" ] || give_up has-old-data work="$work"
if [ -n "$from" ] && [ -d "$new" ]; then
  kept=$data/.rancher-rollback/$from/old
  [ ! -d "$kept" ] || give_up old-data-twice kept="$kept" work="$work"
  mkdir -p "${kept%/*}"
  mv "$work/new" "$kept"
fi
rm -rf "$work"
