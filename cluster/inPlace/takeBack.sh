#!/bin/sh
# Makes the data that an earlier exchange has kept the new data of this one.
set -eu
: "${about?}" "${from?}"
. ./folder.sh
old=$data/.rancher-rollback/$from/old
[ -d "$live" ] || give_up no-data data="$data"
[ -d "$old/member" ] || give_up old-data-gone old="$old"
mkdir -p "$work"
printf '%s\n' "$about" >"$work/about.json"
mv "$old" "$work/new"
settle
