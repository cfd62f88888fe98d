#!/bin/sh
# Restores the snapshot on this etcd host beside its live data, by the node's own etcd and without a network. The cluster
# runs meanwhile. Writes `restored` and what etcd reads in the restored database.
# received: yes where the snapshot's file comes on standard input.
: "${about?}" "${image?}" "${tool?}" "${etcd_name?}" "${peer?}" "${cluster?}" "${bump?}" "${owner?}" "${mode?}" "${label?}" "${received?}"
. ../snapshot/prove.sh
. ../etcd/image.sh
. ./folder.sh

in_image() { # ARGUMENT…: of the program that restores
  in_own_container --rm --user 0 --volume "$work:/exchange" --entrypoint "$tool" "$image" "$@" 2>&1
}

[ -d "$live" ] || fail "etcd has no data in $data" "look at the node: ls $data"
trap 'rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM PIPE
{ mkdir -p "$work" && printf '%s\n' "$about" >"$work/about.json"; } || fail "$work cannot be written" "df -h $data"
if [ "$received" = yes ]; then
  say "receiving the snapshot"
  from=$work/received right=$name
  cat >"$from" || fail "$work cannot be written" "df -h $data"
  find_in "$from"
else pick && from=$folder/$right; fi || fail "$name $why" "run the preview again"
unpack_to "$work/snapshot" "$from" || fail "$right cannot be unpacked into $work" "df -h $data; or run the preview again"
[ -z "$expected" ] || [ "$expected" = "$content" ] ||
  fail "$right is not the snapshot that was proven: its sha256 is $content, not $expected" "run the preview again"
rm -f "$work/received"
[ -z "$bump" ] || set -- --bump-revision "$bump" --mark-compacted
say "restoring beside the data, which stay in use"
said=$(in_image snapshot restore /exchange/snapshot --data-dir /exchange/new --name "$etcd_name" \
  --initial-cluster "$cluster" --initial-cluster-token "$id" --initial-advertise-peer-urls "$peer" "$@") ||
  fail "etcd cannot restore $name: $(error_in "$said")" "df -h $data; or name another snapshot"
status=$(in_image snapshot status /exchange/new/member/snap/db -w json) ||
  fail "etcd cannot read what it restored: $(error_in "$status")" "look at the disk: dmesg | tail"
# As the live data: etcd may run as a user of its own (RKE v1.8.0, services.etcd.uid).
said=$({ chown -R "$owner" "$work/new" && chmod "$mode" "$new" && { [ -z "$label" ] || chcon -R "$label" "$new"; }; } 2>&1) ||
  fail "the restored data do not get the owner of the live ones: $said" "look at the node: ls -laZ $data"
rm -f "$work/snapshot"
settle
trap - EXIT
# From v3.5 etcdctl says before it that it is deprecated.
printf '%s\n' "$status" | while read -r line; do
  case $line in '{'*) printf 'restored %s\n' "$line" ;; esac
done
