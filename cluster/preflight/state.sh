#!/bin/sh
# A node's state before the wipe; changes nothing. Sizes in KiB.
: "${folder?}" "${restore_folder?}" "${snapshot?}"
. ../script.sh
. ../node/docker.sh
. ../etcd/data.sh

room() { # FOLDER KIB: what is free on its disk, what of it will be removed, and what the file system is called
  disk_of "$1" | { read -r left file_system; echo "$left $2 $file_system"; }
}

taken() { # PATH
  du -sk "$1" 2>/dev/null | { read -r used _; echo "${used:-0}"; }
}

docker ps --all --format 'container {{.Names}} {{.Status}}' 2>/dev/null
# Where a zip is beside it, RKE unpacks that over it.
echo "snapshots-room $(room "$folder" "$(taken "$folder/${snapshot:-.none}")")"
echo "restore-room $(room "$restore_folder" "$(taken "$restore_folder")")"
if [ -e "$restore_folder" ]; then echo 'restore-folder yes'; fi
if [ -f "$folder/pki.bundle.tar.gz" ]; then echo 'certificate-bundle yes'; fi
echo "etcd-folder $data"
echo "etcd-room $(room "$data" "$(taken "$data")")"
