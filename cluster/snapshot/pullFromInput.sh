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
[ "$(size "$work/snapshot")" -eq "$sent_bytes" ] || fail "the transfer was cut short: $(size "$work/snapshot") of $sent_bytes bytes came" "check the connection"
[ "$(digest <"$work/snapshot")" = "$sent_sha256" ] || fail "the transfer was damaged: the received file has a different sha256" "see that the file is not being written"
finish
