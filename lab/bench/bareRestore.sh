#!/bin/sh
# Runs on an etcd host: saves etcd to a plain file beside its data, restores that file beside them and prints how many
# milliseconds that took, or takes the file away.
set -eu
mount='{{range .Mounts}}{{if eq .Destination "/var/lib/rancher/etcd"}}{{.Source}}{{end}}{{end}}'
data=$(docker inspect --format "$mount" etcd)
[ -n "$data" ]
case $1 in
save)
  docker exec etcd etcdctl snapshot save /var/lib/rancher/etcd/.bench.db
  ;;
restore)
  image=$(docker inspect --format '{{.Config.Image}}' etcd)
  rm -rf "$data/.bench-restored"
  began=$(date +%s%N)
  docker run --rm --network none --env ETCDCTL_API=3 --volume "$data:$data" --entrypoint etcdctl "$image" \
    snapshot restore "$data/.bench.db" --data-dir "$data/.bench-restored" >&2
  echo "$((($(date +%s%N) - began) / 1000000))"
  rm -rf "$data/.bench-restored"
  ;;
clean)
  rm -rf "$data/.bench.db" "$data/.bench-restored"
  ;;
esac
