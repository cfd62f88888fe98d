#!/bin/sh
# Holds a folder of its own for a snapshot that is fetched to be proven. It is removed when standard input ends; what a run
# that was killed has left is removed by the next.
set -u
umask 077
: "${state?}"
. ../script.sh
work=$state/fetched.$$

# Which process it is: after a reboot, another one may have its number. Nothing where it has ended.
who() { # PID
  read -r boot </proc/sys/kernel/random/boot_id && read -r stat <"/proc/$1/stat" || return 0
  # From the state on: a program's name may have blanks in it.
  # shellcheck disable=SC2086 # its fields
  set -- ${stat##*) }
  printf '%s %s\n' "$boot" "${20}"
} 2>/dev/null

for held in "$state"/fetched.*; do
  if [ -f "$held/.holder" ] && [ "$(cat "$held/.holder")" != "$(who "${held##*.}")" ]; then rm -rf "$held"; fi
done
sweep_killed "$state/fetched"
# By an earlier release, which had no more than one.
rm -rf "$state/fetched"
trap 'rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM PIPE
{ mkdir -p "$work" && who $$ >"$work/.holder"; } || fail no-place path="$work" disk="$state"
printf 'folder %s\n' "$work"
cat >/dev/null
