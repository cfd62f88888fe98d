#!/bin/sh
# Gives etcd on this host its old data back, wherever the exchange has stopped. Writes `back` where it had to.
set -eu
. ./folder.sh
if [ ! -d "$old" ]; then
  [ -d "$live" ] || give_up no-data data="$data"
  exit 0
fi
require_stopped
if [ -d "$live" ]; then
  if [ -d "$new" ]; then
    mv "$live" "$work/stray-$$"
  else
    mkdir -p "${new%/*}"
    mv "$live" "$new"
  fi
fi
mv "$old" "$live"
rmdir "${old%/*}"
settle
echo back
