#!/bin/sh
# Lists the snapshots on this host; changes nothing, and reads none of them whole. Of each file it tells `file snapshot` or
# `file wrong`. Times are seconds since 1970. mark is what copies of one snapshot have in common: of a plain file the sha256
# at its end, of a zip its CRC.
set -u
: "${folder?}"
. ../script.sh
. ./archive.sh

end() { tail -c 32 "$1" | od -An -v -tx1 | tr -d ' \n'; } # FILE

# sets unpacked and mark, or why
# shellcheck disable=SC2154 # archive.sh sets at
examine() { # PATH FILE
  why='' unpacked=$bytes
  case $2 in
    *.zip)
      is_zip "$1" || { because no-zip; return; }
      member "$1" "/backup/${2%.zip}" || return 1
      mark=zip-$(number "$1" $((at + 16)) 4) ;;
    *)
      ! is_zip "$1" || { because zip-name name="$2"; return; }
      mark=$(end "$1") ;;
  esac
  if [ $((unpacked % 512)) -ne 32 ] || [ "$unpacked" -le 32 ]; then because cut-short length="$unpacked"; fi
}

echo "now $(date +%s)"
for path in "$folder"/*; do
  file=${path##*/}
  # What was kept when another file of that name came.
  case $file in *.replaced-*) continue ;; esac
  [ -f "$path" ] || continue
  bytes=$(size "$path") written=$(stat -c %Y "$path") changed=$(stat -c %Z "$path")
  if examine "$path" "$file"; then
    tell file snapshot file="$file" bytes="$bytes" written="$written" changed="$changed" unpacked="$unpacked" mark="$mark"
  else
    [ -n "$why" ] || because not-read
    tell file wrong file="$file" bytes="$bytes" written="$written" changed="$changed" why="$why"
  fi
done
