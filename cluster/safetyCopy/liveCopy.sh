#!/bin/sh
# Saves a snapshot of the member that runs here, and proves it. etcd is asked itself, not RKE: that needs neither a quorum
# nor a cluster file in which every node has etcd already.
: "${endpoint?}"
. ./place.sh
. ../etcd/etcdctl.sh

saved=$copy.$$
# etcdctl writes to NAME.part first.
cleanup() { rm -rf "$work" "${data:?}/$saved" "${data:?}/$saved.part"; }
sweep_killed "$data/$copy"
begin || fail "$folder cannot be written" "df -h $folder"
said=$(etcdctl "$endpoint" snapshot save "/var/lib/rancher/etcd/$saved" 2>&1) ||
  fail "etcd could not save a snapshot: $(printf '%s' "$said" | tail -n 1)" "look at etcd: docker logs --tail 50 etcd"
mv "$data/$saved" "$part" || fail "$folder cannot be written" "df -h $folder"
place
