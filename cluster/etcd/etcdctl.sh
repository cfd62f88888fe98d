#!/bin/sh
# Sourced by scripts that ask etcd.

# etcdctl ENDPOINTS ARGUMENT...
# RKE's container has the certificates in its environment. The endpoints go there too: beside ETCDCTL_ENDPOINTS, which
# RKE sets from v0.3.0 on, etcdctl 3.4 and later refuses --endpoints (etcd-io/etcd#9382). The image may have no shell
# (etcd 3.5.7 and later).
etcdctl() {
  endpoints=$1
  shift
  docker exec -e ETCDCTL_API=3 -e "ETCDCTL_ENDPOINTS=$endpoints" etcd etcdctl "$@"
}

# What `etcdctl member list -w json` says, on standard input: one client URL of each member, with commas between. Asking
# them by name does what --cluster does, which etcdctl has from 3.3 on only. A member that has not started has none.
client_urls() {
  tr '{' '\n' | sed -n 's/.*"clientURLs":\["\([^"]*\)".*/\1/p' | tr '\n' ',' | sed 's/,$//'
}
