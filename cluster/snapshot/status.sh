#!/bin/sh
# Lets the node's own etcd read its snapshot; what is unpacked for it is removed again however this ends, and what a killed
# one has left by the next.
. ./prove.sh
. ../etcd/image.sh

image=$(docker inspect --format '{{.Config.Image}}' etcd 2>/dev/null) || exit 0
pick || exit 0
sweep_killed "$folder/.rancher-rollback-status"
# etcd may share the disk: as much stays free as the pre-flight asks for.
[ "$(free_kib "$folder")" -ge $((unpacked / 1024 + 131072)) ] || fail no-room-to-read folder="$folder" file="$right"
work=$folder/.rancher-rollback-status.$$
trap 'rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM PIPE
{ mkdir "$work" && unpack "$folder/$right" >"$work/snapshot"; } || fail no-room-to-read folder="$folder" file="$right"
said=$(in_own_container --rm --volume "$work:/status:ro" --entrypoint etcdctl "$image" snapshot status /status/snapshot -w json 2>&1) ||
  fail etcd-cannot-read file="$right" said="$(error_in "$said")"
json_in status "$said"
