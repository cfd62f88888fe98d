#!/bin/sh
# with_state: yes where RKE's state file comes on standard input. It goes into the zip, past all that the script runs.
: "${with_state?}"
. ../snapshot/prove.sh
. ./pack.sh
. ../etcd/data.sh

part=$folder/.$name.part
[ "$with_state" = no ] || exec 3<&0 </dev/null

# Gives the written part its name once it is proven: with the state file in RKE's own layout where that can be made.
place() {
  file=$name
  if [ "$with_state" = no ]; then :
  elif ! command -v gzip >/dev/null; then say "there is no gzip here: the state file is left out of the copy"
  elif [ "$(size "$part")" -ge $((0xffffffff)) ]; then say "the copy is too large for a zip: the state file is left out"
  elif pack "$part" "$part.zip" <&3 && prove "$part.zip" && has_state "$part.zip"; then
    mv "$part.zip" "$part"; file=$name.zip
  else say "the copy could not be packed: the state file is left out"; rm -f "$part.zip"; fi
  [ "$file" != "$name" ] || prove "$part" || { rm -f "$part"; fail "the copy $why" "look at the disk: dmesg | tail"; }
  right=$file
  note "$part"
  sync "$part" 2>/dev/null || sync
  mv "$part" "$folder/$file"
  report fetched
}
