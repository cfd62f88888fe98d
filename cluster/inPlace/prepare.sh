#!/bin/sh
# Restores the snapshot on this etcd host beside its live data, by the node's own etcd and without a network. The cluster
# keeps running. Writes `restored` and what etcd reads in the restored database.
# received: yes where the snapshot's file comes on standard input.
: "${about?}" "${image?}" "${tool?}" "${etcd_name?}" "${peer?}" "${cluster?}" "${bump?}" "${owner?}" "${mode?}" "${label?}" "${received?}"
. ../snapshot/prove.sh
. ../etcd/image.sh
. ./folder.sh

in_image() { # ARGUMENT…: of the program that restores
  in_own_container --rm --user 0 --volume "$work:/exchange" --entrypoint "$tool" "$image" "$@" 2>&1
}

[ -d "$live" ] || fail no-data data="$data"
trap 'rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM PIPE
{ mkdir -p "$work" && printf '%s\n' "$about" >"$work/about.json"; } || fail no-place path="$work" disk="$data"
if [ "$received" = yes ]; then
  say "receiving the snapshot"
  from=$work/received right=$name
  cat >"$from" || fail no-place path="$work" disk="$data"
  find_in "$from"
else pick && from=$folder/$right; fi || fail snapshot-changed file="$name" why="$why"
unpack_to "$work/snapshot" "$from" || fail not-unpacked file="$right" work="$work" data="$data"
[ -z "$expected" ] || [ "$expected" = "$content" ] ||
  fail not-the-proven file="$right" content="$content" expected="$expected"
rm -f "$work/received"
[ -z "$bump" ] || set -- --bump-revision "$bump" --mark-compacted
say "restoring beside the data, which stay in use"
said=$(in_image snapshot restore /exchange/snapshot --data-dir /exchange/new --name "$etcd_name" \
  --initial-cluster "$cluster" --initial-cluster-token "$id" --initial-advertise-peer-urls "$peer" "$@") ||
  fail not-restored name="$name" said="$(error_in "$said")" data="$data"
status=$(in_image snapshot status /exchange/new/member/snap/db -w json) ||
  fail restored-unreadable said="$(error_in "$status")"
# As the live data: etcd may run as a user of its own (RKE v1.8.0, services.etcd.uid).
said=$({ chown -R "$owner" "$work/new" && chmod "$mode" "$new" && { [ -z "$label" ] || chcon -R "$label" "$new"; }; } 2>&1) ||
  fail owner-not-set said="$said" data="$data"
rm -f "$work/snapshot"
settle
trap - EXIT
json_in restored "$status"
