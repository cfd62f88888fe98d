#!/bin/sh
# Says what this etcd host can give to a safety copy; changes nothing. own: the folder of this program.
: "${folder?}" "${own?}" "${endpoint?}"
. ../script.sh
. ../etcd/data.sh
. ../etcd/etcdctl.sh

if said=$(etcdctl "$endpoint" endpoint status -w json 2>/dev/null); then printf 'etcd %s\n' "$said"; fi
if [ -f "$db" ]; then
  echo "size $(used_kib "$db")"
  echo "written $(date -r "$db" +%s)"
  echo "data $(used_kib "$data")"
fi
printf 'disk snapshots %s\n' "$(disk_of "$folder")"
printf 'disk own %s\n' "$(disk_of "$own")"
[ ! -d "$data" ] || printf 'disk etcd %s\n' "$(disk_of "$data")"
