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
begin || fail no-place path="$folder" disk="$folder"
said=$(etcdctl "$endpoint" snapshot save "/var/lib/rancher/etcd/$saved" 2>&1) ||
  fail etcd-not-saved said="$(last_line "$said")"
mv "$data/$saved" "$part" || fail no-place path="$folder" disk="$folder"
place
