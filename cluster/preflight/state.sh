#!/bin/sh
# A node's state before the wipe; changes nothing. Sizes in KiB.
: "${folder?}"
. ../script.sh
. ../node/docker.sh
. ../etcd/data.sh
docker ps --all --format 'container {{.Names}} {{.Status}}' 2>/dev/null
echo "snapshot-room $(free_kib "$folder")"
if [ -e "${folder%/*}/etcd-snapshots-restore" ]; then echo 'restore-folder yes'; fi
if [ -f "$folder/pki.bundle.tar.gz" ]; then echo 'certificate-bundle yes'; fi
echo "etcd-folder $data"
echo "etcd-room $(free_kib "$data")"
echo "etcd-data $(du -sk "$data" 2>/dev/null | { read -r used _; echo "${used:-0}"; })"
