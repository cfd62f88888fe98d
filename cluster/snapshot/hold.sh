#!/bin/sh
# Holds a folder of its own for a snapshot that is fetched to be proven. It is removed when standard input ends; what a run
# that was killed has left is removed by the next.
set -u
umask 077
: "${state?}"
. ../script.sh
work=$state/fetched.$$

sweep_killed "$state/fetched"
trap 'rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM PIPE
mkdir -p "$work" || fail "$work cannot be written" "df -h $state"
printf 'folder %s\n' "$work"
cat >/dev/null
