#!/bin/sh
# Makes a snapshot of a member that does not answer: an etcd v3 snapshot is the database, followed by its sha256. etcd is
# stopped for it, and runs again afterwards if it ran. All that it keeps is copied, too.
: "${evidence?}"
. ./place.sh

raw() { # HEX: as bytes
  hex=$1
  while [ -n "$hex" ]; do rest=${hex#??}; little "$((0x${hex%"$rest"}))" 1; hex=$rest; done
}

stopped=''
cleanup() {
  [ -z "$stopped" ] || docker start etcd >/dev/null
  rm -rf "$work" "$evidence/$copy.$$"
}

[ -f "$db" ] || fail no-data-to-copy data="$data"
begin || fail no-place path="$folder" disk="$folder"
# Where it does not answer, etcd may be at work on the data.
docker version >/dev/null 2>&1 || fail etcd-not-stopped
if [ "$(docker inspect --format '{{.State.Running}}' etcd 2>/dev/null)" = true ]; then
  stopped=yes
  say "etcd is stopped for a cold copy"
  docker stop etcd >/dev/null || fail etcd-not-stopped
fi
sweep_killed "$evidence/$copy"
half=$evidence/$copy.$$
{ mkdir -p "$half" && cp -a "$data/." "$half/etcd-data" && mv "$half" "$evidence/$name"; } ||
  fail no-place path="$evidence/$name" disk="$evidence"
{ cat "$db" && raw "$(digest <"$db")"; } >"$part" || fail no-place path="$folder" disk="$folder"
place
