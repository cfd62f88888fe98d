#!/bin/sh
# Takes the lock of one host, or says who holds it. A lock is written whole under another name first and appears by a
# hard link: of two that come at once one fails, and half of one is never read.
set -u
. ../script.sh
: "${file?}" "${id?}" "${lock?}"
folder=${file%/*}
mine=$folder/.lock-$id-$$
mkdir -p "$folder" || exit 1
printf '%s\n' "$lock" >"$mine" || { rm -f "$mine"; exit 1; }
sync "$mine" 2>/dev/null || sync || exit 1
tries=0
until ln "$mine" "$file" 2>/dev/null && echo taken; do
  held=$(cat "$file" 2>/dev/null) && printf 'held %s\n' "$held" && break
  tries=$((tries + 1))
  [ "$tries" -lt 5 ] || { rm -f "$mine"; give_up lock-unreadable file="$file"; }
done
rm -f "$mine"
