#!/bin/sh
# Functions that make a copy in a folder of its own beside the snapshots, which is removed however the script ends; what a
# killed one has left is removed by the next.
# with_state: yes where RKE's state file comes on standard input. It goes into the zip, past all that the script runs.
: "${with_state?}"
. ../snapshot/prove.sh
. ./pack.sh
. ../etcd/data.sh

copy=.rancher-rollback-copy
work=$folder/$copy.$$ part=$folder/$copy.$$/copy
[ "$with_state" = no ] || exec 3<&0 </dev/null

begin() {
  sweep_killed "$folder/$copy"
  trap cleanup EXIT
  trap 'exit 143' HUP INT TERM PIPE
  mkdir -p "$work"
}

# Gives the written part its name once it is proven: with the state file in RKE's own layout where that can be made.
place() {
  file=$name
  if [ "$with_state" = no ]; then :
  elif ! command -v gzip >/dev/null; then say "there is no gzip here: the state file is left out of the copy"
  elif [ "$(size "$part")" -ge $((0xffffffff)) ]; then say "the copy is too large for a zip: the state file is left out"
  elif pack "$part" "$part.zip" <&3 && prove "$part.zip" && has_state "$part.zip"; then
    mv "$part.zip" "$part"; file=$name.zip
  else say "the copy could not be packed: the state file is left out"; rm -f "$part.zip"; fi
  [ "$file" != "$name" ] || prove "$part" || fail copy-wrong why="$why"
  right=$file
  note "$part"
  sync "$part" 2>/dev/null || sync
  mv "$part" "$folder/$file" || fail not-written path="$folder/$file" folder="$folder"
  report fetched
}
