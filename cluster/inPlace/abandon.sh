#!/bin/sh
# Removes what was prepared for an exchange that is not done. What came from an earlier one goes back to it.
set -eu
: "${from?}"
. ./folder.sh
[ ! -d "$old" ] || give_up "the old data are in $work: it is not removed"
if [ -n "$from" ] && [ -d "$new" ]; then
  kept=$data/.rancher-rollback/$from/old
  [ ! -d "$kept" ] || give_up "there are old data in $kept already: $work is not removed"
  mkdir -p "${kept%/*}"
  mv "$work/new" "$kept"
fi
rm -rf "$work"
