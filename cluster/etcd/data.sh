#!/bin/sh
# Finds where etcd's data are on this host (RKE v1.8.0, cluster/plan.go).
# shellcheck disable=SC2034 # for the scripts that source this
. ../node/hostFolder.sh
data=$(host_folder etcd /var/lib/rancher/etcd /var/lib/etcd)
db=$data/member/snap/db
