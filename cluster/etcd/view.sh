#!/bin/sh
# What this host's etcd sees of its cluster. Nothing is changed.
: "${endpoint?}"
. ./etcdctl.sh

# ask ENDPOINTS ARGUMENT...: what etcdctl says goes to said, too. Its warnings are no part of that.
ask() {
  said=
  if said=$(etcdctl "$@" -w json 2>/dev/null); then
    printf 'etcd %s\n' "$said"
  else
    why=$(etcdctl "$@" -w json 2>&1 >/dev/null | tr '\n' ' ')
    printf 'etcd-error %s\n' "${why:-only when asked for the second time}"
  fi
}

ask "$endpoint" member list
urls=$(printf '%s' "$said" | client_urls)
ask "${urls:-$endpoint}" endpoint status
