#!/bin/sh
# Finds where etcd's data are on this host: RKE's mount (v1.8.0, cluster/plan.go), also of a container that is stopped.
# shellcheck disable=SC2034 # for the scripts that source this
data=$(docker inspect --format '{{range .Mounts}}{{.Destination}} {{.Source}}{{"\n"}}{{end}}' etcd 2>/dev/null |
  while read -r to from; do case $to in /var/lib/rancher/etcd | /var/lib/rancher/etcd/) echo "$from" ;; esac; done)
data=${data:-/var/lib/etcd}
db=$data/member/snap/db
