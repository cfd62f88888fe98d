#!/bin/sh
# A node's state before the wipe; changes nothing. Sizes in KiB.
: "${folder?}" "${restore_folder?}" "${snapshot?}"
. ../script.sh
. ../node/docker.sh
. ../etcd/data.sh

room() { # FOLDER KIB: what is free on its disk, what of it will be removed, what the file system is called, and what df knows
  disk_of "$1" | { read -r left file_system there; printf '%s %s %s %s\n' "$left" "$2" "$file_system" "$there"; }
}

docker ps --all --format 'container {{.Names}} {{.Status}}' 2>/dev/null
# Where a zip is beside it, RKE unpacks that over it.
printf 'snapshots-room %s\n' "$(room "$folder" "$(used_kib "$folder/${snapshot:-.none}")")"
printf 'restore-room %s\n' "$(room "$restore_folder" "$(used_kib "$restore_folder")")"
if [ -e "$restore_folder" ]; then echo 'restore-folder yes'; fi
if [ -f "$folder/pki.bundle.tar.gz" ]; then echo 'certificate-bundle yes'; fi
echo "etcd-folder $data"
printf 'etcd-room %s\n' "$(room "$data" "$(used_kib "$data")")"
