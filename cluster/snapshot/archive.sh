#!/bin/sh
# Functions that read a zip, with coreutils and gzip, and say why they cannot by `because` of script.sh. A zip's deflated member is a gzip file but for the header, so it is
# read without unzip, which nodes need not have.
#
# rke-tools names members by their whole paths, with the slash in front (every version, main.go), and from v0.1.62 on it
# finds no other: a zip that was packed again by hand has no slash, and ends a restore. Sizes and places are those of the
# central directory: in front of the members they are 0, because rke-tools writes a stream.

number() { # FILE OFFSET COUNT: little-endian
  sum=0 worth=1
  for byte in $(od -An -v -tu1 -j "$2" -N "$3" "$1"); do sum=$((sum + byte * worth)); worth=$((worth * 256)); done
  echo "$sum"
}

little() { # NUMBER COUNT: as bytes
  value=$1 left=$2
  # shellcheck disable=SC2059 # the byte is an escape in the format
  while [ "$left" -gt 0 ]; do printf "\\$(printf %03o $((value & 255)))"; value=$((value >> 8)) left=$((left - 1)); done
}

part() { tail -c "+$(($2 + 1))" "$1" | head -c "$3"; } # FILE OFFSET COUNT

is_zip() { [ "$(od -An -v -tx1 -N 2 "$1" | tr -d ' \n')" = 504b ]; } # FILE

size() { wc -c <"$1" | tr -d ' '; }

directory() { # FILE: finds its central directory; sets at and entries
  end=$(($(size "$1") - 22))
  if [ "$end" -lt 0 ] || [ "$(number "$1" "$end" 4)" -ne $((0x06054b50)) ]; then because zip-cut-short; return; fi
  entries=$(number "$1" $((end + 10)) 2) at=$(number "$1" $((end + 16)) 4)
  if [ "$entries" -lt $((0xffff)) ] && [ "$at" -lt $((0xffffffff)) ]; then return; fi
  # zip64: the same once more, in wider fields, in front of it.
  if [ "$end" -ge 20 ] && [ "$(number "$1" $((end - 20)) 4)" -eq $((0x07064b50)) ]; then
    wide=$(number "$1" $((end - 12)) 8)
    entries=$(number "$1" $((wide + 32)) 8) at=$(number "$1" $((wide + 48)) 8)
  fi
}

widen() { # FILE: takes from the entry's zip64 field what does not fit into the others
  field=$((at + 46 + length))
  until=$((field + $(number "$1" $((at + 30)) 2)))
  while [ $((field + 4)) -le "$until" ] && [ "$(number "$1" "$field" 2)" -ne 1 ]; do
    field=$((field + 4 + $(number "$1" $((field + 2)) 2)))
  done
  [ $((field + 4)) -le "$until" ] || return 0
  field=$((field + 4))
  if [ "$unpacked" -eq $((0xffffffff)) ]; then unpacked=$(number "$1" "$field" 8) field=$((field + 8)); fi
  if [ "$packed" -eq $((0xffffffff)) ]; then packed=$(number "$1" "$field" 8) field=$((field + 8)); fi
  if [ "$header" -eq $((0xffffffff)) ]; then header=$(number "$1" "$field" 8); fi
}

member() { # FILE PATH: finds it in a zip; sets at, start, packed, unpacked and method, or why
  directory "$1" || return 1
  holds='' bare=''
  while [ "$entries" -gt 0 ]; do
    if [ "$(number "$1" "$at" 4)" -ne $((0x02014b50)) ]; then because zip-damaged; return; fi
    length=$(number "$1" $((at + 28)) 2)
    found=$(part "$1" $((at + 46)) "$length" | tr -d '\000')
    [ "$found" != "$2" ] || break
    [ "/$found" != "$2" ] || bare=$found
    holds="$holds $found" entries=$((entries - 1))
    at=$((at + 46 + length + $(number "$1" $((at + 30)) 2) + $(number "$1" $((at + 32)) 2)))
  done
  if [ "$entries" -eq 0 ] && [ -n "$bare" ]; then
    because zip-packed-again bare="$bare" path="$2"; return
  fi
  if [ "$entries" -eq 0 ]; then because zip-without path="$2" holds="${holds# }"; return; fi
  method=$(number "$1" $((at + 10)) 2) packed=$(number "$1" $((at + 20)) 4) unpacked=$(number "$1" $((at + 24)) 4)
  header=$(number "$1" $((at + 42)) 4)
  widen "$1"
  start=$((header + 30 + $(number "$1" $((header + 26)) 2) + $(number "$1" $((header + 28)) 2)))
  case $method in 0 | 8) ;; *) because zip-method method="$method"; return ;; esac
  if [ "$method" = 8 ] && ! command -v gzip >/dev/null; then
    because no-gzip
  fi
}

unpack() { # FILE: what was found in it; all of it where method is plain
  case $method in
    plain) cat "$1" ;;
    0) part "$1" "$start" "$packed" ;;
    8) {
        printf '\037\213\010\000\000\000\000\000\000\003'
        part "$1" "$start" "$packed"; part "$1" $((at + 16)) 4; little "$unpacked" 4
      } | gzip -dc 2>/dev/null ;;
  esac
}
