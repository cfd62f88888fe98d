#!/bin/sh
# Writes a restore down: the old record or the new one is there at every moment.
set -eu
: "${file?}" "${record?}"
umask 077
mkdir -p "${file%/*}"
part=${file%/*}/.part-$$
printf '%s\n' "$record" >"$part"
sync "$part" 2>/dev/null || sync
mv "$part" "$file" || { rm -f "$part"; exit 1; }
