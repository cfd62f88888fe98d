#!/bin/sh
# Proves the snapshot that RKE would restore from this node, and changes nothing.
. ./prove.sh

find_right
if [ "$right" = "$name" ] && [ "$zips" = yes ] && [ -f "$folder/$name.zip" ]; then
  fail "$wrong; RKE would unpack it over $name" "move it away: mv $folder/$name.zip $folder/$name.zip.wrong"
fi
if [ -z "$right" ] && [ "$zips" = no ] && [ -f "$folder/$name.zip" ]; then
  fail "${wrong:-there is no $name in $folder}; RKE before v0.2.5 cannot read $name.zip" "unpack $folder/$name.zip into $folder/$name"
fi
[ -n "$right" ] || fail "${wrong:-there is no $name and no $name.zip in $folder}" "choose another source"
report there
