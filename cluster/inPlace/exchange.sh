#!/bin/sh
# Exchanges etcd's data on this host: the live ones are kept, the new ones take their place. Where an earlier run was
# killed, it continues from what is there.
set -eu
. ./folder.sh
require_stopped
if [ ! -d "$new" ]; then
  if [ -d "$old" ] && [ -d "$live" ]; then exit 0; fi
  give_up no-restored-data work="$work"
fi
if [ ! -d "$old" ]; then
  [ -d "$live" ] || give_up no-data data="$data"
  mkdir -p "${old%/*}"
  mv "$live" "$old"
elif [ -d "$live" ]; then
  # An etcd that Docker has started between two renames has begun data of its own.
  mv "$live" "$work/stray-$$"
fi
mv "$new" "$live"
settle
