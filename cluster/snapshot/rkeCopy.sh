#!/bin/sh
# Removes the plain file that a failed restore of RKE has left beside the proven zip of this host.
# kept: the sha256 of the snapshot in the zip.
. ./prove.sh
: "${kept?}"

[ -f "$folder/$name" ] && [ -f "$folder/$name.zip" ] || exit 0
if prove_here "$name.zip" && [ "$content" = "$kept" ] && rm -f "$folder/$name"; then
  printf 'removed %s\n' "$folder/$name"
fi
