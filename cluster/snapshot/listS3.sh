#!/bin/sh
# Lists what is in a folder of a bucket, and nothing below it: what s3cmd says of each object, `DATE TIME BYTES ADDRESS`.
set -u
umask 077
: "${state?}"
. ../script.sh
. ./s3.sh

work=$state/listing-$$
for stale in "$state"/listing-*; do [ -d "/proc/${stale##*-}" ] || rm -rf "$stale"; done
trap 'rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM PIPE
mkdir -p "$work" || fail no-place path="$work" disk="$state"
ready_for_s3 "$work"
# Its exec must not be this shell's.
if (s3cmd_with ls "$bucket") >"$work/said" 2>"$work/why" </dev/null; then cat "$work/said"; echo listed
else fail s3-not-listed bucket="$bucket" said="$(tail -n 1 "$work/why")" credentials="$credentials"; fi
