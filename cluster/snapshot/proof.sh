#!/bin/sh
# Proves the snapshot that RKE would restore from this node, and changes nothing.
. ./prove.sh

find_right
if [ "$right" = "$name" ] && [ "$zips" = yes ] && [ -f "$folder/$name.zip" ]; then
  fail zip-over-plain wrong="$wrong" name="$name" folder="$folder"
fi
if [ -z "$right" ] && [ "$zips" = no ] && [ -f "$folder/$name.zip" ]; then
  fail zip-alone wrong="$wrong" name="$name" folder="$folder"
fi
if [ -z "$right" ] && [ -n "$wrong" ]; then fail snapshot-wrong wrong="$wrong"; fi
[ -n "$right" ] || fail snapshot-absent name="$name" folder="$folder"
report there
