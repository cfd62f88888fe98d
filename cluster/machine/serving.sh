#!/bin/sh
# What of a cluster is on a machine, and which machine it is; changes nothing. lock: the file of a rollback's lock.
: "${lock?}"
. ../etcd/data.sh
if listed=$(docker ps --format 'serves {{.Names}}' 2>&1); then
  printf '%s\n' "$listed" | while read -r line; do
    case $line in "serves kubelet" | "serves etcd" | "serves kube-apiserver" | "serves kube-controller-manager") echo "$line" ;; esac
  done
elif command -v docker >/dev/null; then printf 'unlisted %s\n' "$(printf %s "$listed" | tr '\n' ' ')"; fi
[ ! -d "$data/member" ] || echo "member $data"
ca=$(prefix)/etc/kubernetes/ssl/kube-ca.pem
[ ! -r "$ca" ] || printf 'ca %s\n' "$(tr '\n' ' ' <"$ca")"
# The boot's id alone would not do: containers share their kernel's.
if called=$(uname -n 2>/dev/null); then
  printf 'machine %s\n' "$called $(cat /proc/sys/kernel/random/boot_id /etc/machine-id 2>/dev/null | tr '\n' ' ')"
fi
[ ! -r "$lock" ] || printf 'lock %s\n' "$(tr '\n' ' ' <"$lock")"
