#!/bin/sh
# A node's state before the wipe; changes nothing. Sizes in KiB.
: "${folder?}"
. ../script.sh
. ../node/docker.sh
. ../etcd/data.sh
docker ps --all --format 'container {{.Names}} {{.Status}}' 2>/dev/null
free() { # FOLDER, which need not be there yet
  there=$1
  until [ -d "$there" ]; do there=${there%/*}; there=${there:-/}; done
  free_kib "$there"
}
echo "snapshot-room $(free "$folder")"
echo "etcd-folder $data"
echo "etcd-room $(free "$data")"
echo "etcd-data $(du -sk "$data" 2>/dev/null | { read -r used _; echo "${used:-0}"; })"
