#!/bin/sh
# Functions that make sure that a node has a snapshot.
#
# It is fetched into a folder of its own beside the snapshots, so that renaming is atomic; that folder is removed however
# the script ends, and what a killed one or a power cut left there is removed by the next. A file with the name that is not
# the snapshot asked for is kept as NAME.replaced-TIME, never overwritten; a whole snapshot gives way only to one that the
# operator names by its hash.

# stamp: the time that the file gets, for touch -t in UTC. spare: stays free on the node's disk, in KiB.
# asked: yes where the expected hash is the operator's own. trusted: no where a file of that name may be another cluster's:
# then it is fetched all the same, unless its hash is known, and a different one is kept aside.
: "${stamp?}" "${spare?}" "${asked?}" "${trusted?}"
. ./prove.sh

mib() { echo "$((($1 + 1048575) / 1048576)) MiB"; }

last() { # the last line that a program said
  words='' line=''
  while IFS= read -r line || [ -n "$line" ]; do [ -z "$line" ] || words=$line; done <"$work/said"
  printf '%s\n' "${words:-no output}"
}

no_room() { # NEED in bytes, AT-LEAST where it is not known; both empty where no more than that is known
  fail no-room folder="$folder" need="$1" least="$2" free="$free" spare="$spare"
}

room_for() { [ $(($1 / 1024)) -lt "$room" ] || no_room "$1" ''; }

cleanup() {
  # At once, and waited for: what still writes would put files back.
  # shellcheck disable=SC2086 # there may be none
  kill -KILL $fetch $ticker 2>/dev/null
  [ -z "$fetch" ] || wait "$fetch" 2>/dev/null
  rm -rf "$work"
}

tick() { # tells how many bytes have come, no longer than the shell itself
  while sleep 10 >/dev/null 2>&1 && [ -d "/proc/$$" ]; do
    [ ! -f "$work/snapshot" ] || say "progress $(size "$work/snapshot")"
  done
}

limited() { ulimit -f $((room * 2)); "$@"; }

run() { # COMMAND…: gives it what is secret on standard input, and never lets it fill the disk
  # In the background, since a shell hears a signal only between its own commands.
  printf '%s\n' "$feed" | limited "$@" >"$work/said" 2>&1 &
  fetch=$!
  wait "$fetch"
  code=$? fetch=''
}

fetched() { # FROM: after run
  kill -KILL "$ticker" 2>/dev/null; ticker=''
  [ "$code" -ne 0 ] || return 0
  got=0; [ ! -f "$work/snapshot" ] || got=$(size "$work/snapshot")
  [ "$got" -lt $((room * 1024)) ] || no_room '' "$got"
  fail fetch-failed from="$1" exit="$code" said="$(last)" credentials="$credentials"
}

keep() { # FILE: out of RKE's way, but not gone; the file that is about to be replaced is there all the time
  kept=$1.replaced-$(date -u +%Y%m%dT%H%M%SZ)-$$
  { [ "$1" = "$right" ] && ln "$folder/$1" "$folder/$kept" 2>/dev/null; } || mv "$folder/$1" "$folder/$kept" ||
    fail not-renamed path="$folder/$1" folder="$folder"
  printf 'kept %s\n' "$kept"
}

begin() {
  fetch='' ticker='' feed='' credentials='' modified=''
  mkdir -p "$folder" 2>/dev/null
  [ -w "$folder" ] || fail folder-of-others user="$(id -un)" folder="$folder"
  work=$folder/.rancher-rollback-pull.$$
  sweep_killed "$folder/.rancher-rollback-pull"
  right=''
  if [ "$trusted" = yes ] || [ -n "$expected" ]; then find_right; fi
  if [ -n "$right" ]; then settle; report there; exit 0; fi
  free=$(free_kib "$folder")
  room=$((free - spare))
  [ "$room" -gt 0 ] || no_room '' ''
  trap cleanup EXIT
  trap 'exit 143' HUP INT TERM PIPE
  mkdir "$work" || fail folder-read-only folder="$folder"
}

spare_another() { # fails where a whole snapshot that is not the fetched one has its name
  [ "$asked" = no ] && [ "$trusted" = yes ] || return 0
  expected=''
  for file in "$name" "$name.zip"; do
    [ -f "$folder/$file" ] || continue
    if prove_here "$file" && [ "$content" != "$right_content" ]; then
      fail another-snapshot path="$folder/$file" content="$content" fetched="$right_content"
    fi
  done
}

is_fetched() { # FILE: whether the same snapshot is there already
  expected=''
  [ -f "$folder/$1" ] && prove_here "$1" && [ "$content" = "$right_content" ]
}

settle() { # the other name, under which RKE could find another snapshot
  expected=''
  for file in "$name" "$name.zip"; do
    if [ "$file" = "$right" ] || [ ! -f "$folder/$file" ]; then continue; fi
    if ! prove_here "$file" || [ "$content" != "$right_content" ]; then keep "$file"; fi
  done
}

finish() {
  say "proving the fetched file"
  prove "$work/snapshot" || fail fetched-wrong why="$why" credentials="$credentials"
  # Or it would seem to have been saved now.
  TZ=UTC0 touch -t "$stamp" "$work/snapshot"
  # The source's own time is as good as a file's: what came cannot be older than the snapshot in it.
  case $stamp in 1970*) [ -z "$modified" ] || touch -d "$modified" "$work/snapshot" 2>/dev/null || : ;; esac
  right=$name
  note "$work/snapshot"
  [ "$method" = plain ] || case $name in *.zip) ;; *) right=$name.zip ;; esac
  spare_another
  sync "$work/snapshot" 2>/dev/null || sync
  [ ! -f "$folder/$right" ] || is_fetched "$right" || keep "$right"
  mv -f "$work/snapshot" "$folder/$right" || fail not-written path="$folder/$right" folder="$folder"
  settle
  report fetched
}
