#!/bin/sh
# Takes a snapshot from standard input. What comes is compared with what was sent before it is proven, so that a broken
# connection is distinguished from a bad snapshot.
: "${sent_bytes?}" "${sent_sha256?}"
. ./pull.sh

receive() { exec cat <&3 >"$work/snapshot"; }

begin
exec 3<&0
room_for "$sent_bytes"
say "receiving $(mib "$sent_bytes")"
tick & ticker=$!
run receive
fetched "this machine"
[ "$(size "$work/snapshot")" -eq "$sent_bytes" ] || fail sent-short came="$(size "$work/snapshot")" sent="$sent_bytes"
[ "$(digest <"$work/snapshot")" = "$sent_sha256" ] || fail sent-damaged
finish
