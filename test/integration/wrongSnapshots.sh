#!/bin/bash
# Makes a wrong snapshot of a cluster on an etcd host of it. wrong: what is wrong with it. uid: the cluster's. to: its path.
set -eu
: "${wrong?}" "${uid?}" "${to?}"
work=/root/wrong-snapshot
alone=wrong-snapshot
kube_system=/registry/namespaces/kube-system

with_checksum() { # a snapshot ends with the sha256 of all before it
  # shellcheck disable=SC2059 # it is nothing but escapes
  { cat db; printf "$(sha256sum <db | cut -c 1-64 | sed 's/../\\x&/g')"; } >made
}
spoil() { dd if=/dev/urandom of="$1" bs=4096 seek="$2" count="$3" conv=notrunc status=none; }
lone() { docker exec -i -e ETCDCTL_API=3 "$alone" etcdctl --endpoints http://127.0.0.1:2379 "$@"; }
live() { docker exec -e ETCDCTL_API=3 etcd etcdctl "$@"; }
start_lone() { # an etcd in which nothing is
  image=$(docker inspect --format '{{.Config.Image}}' etcd)
  docker run --detach --name "$alone" --network none --volume "$work:$work" --entrypoint etcd "$image" --data-dir /tmp/data >/dev/null
  tries=0
  until lone endpoint health >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 150 ] || { echo "the lone etcd does not start" >&2; exit 1; }
    sleep 0.2
  done
}
save_lone() { lone snapshot save "$work/made" >/dev/null; }

clean() { docker rm --force "$alone" >/dev/null 2>&1 || true; rm -rf "$work"; }
trap clean EXIT
clean
mkdir "$work"
cd "$work"
live snapshot save /var/lib/rancher/etcd/wrong-snapshot >/dev/null
mv /var/lib/etcd/wrong-snapshot good
size=$(stat -c %s good)
pages=$((size / 4096))
head -c $((pages * 4096)) good >db
case $wrong in
  "empty") : >made ;;
  "cut short") head -c $((size - 4096)) good >made ;;
  "overwritten") cp good made; spoil made 100 1 ;;
  "no snapshot") echo '<html>not found</html>' >made ;;
  "half a zip") printf 'PK\003\004' >made ;;
  "text, checksum fits") yes text | head -c 65536 >db || true; with_checksum ;;
  "zeros, checksum fits") head -c 65536 /dev/zero >db; with_checksum ;;
  "half of its pages, checksum fits") half=$((pages / 2)); truncate --size=$((half * 4096)) db; with_checksum ;;
  "spoilt pages, checksum fits") spoil db 4 $((pages - 4)); with_checksum ;;
  "nothing in it") start_lone; save_lone ;;
  "another cluster")
    start_lone
    live get --print-value-only "$kube_system" | LC_ALL=C sed "s/$uid/00000000-0000-4000-8000-000000000000/" | lone put "$kube_system" >/dev/null
    save_lone
    ;;
  "most is missing")
    start_lone
    live get --print-value-only "$kube_system" | lone put "$kube_system" >/dev/null
    save_lone
    ;;
esac
mv made "$to"
