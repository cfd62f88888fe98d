#!/bin/sh
# What this host's etcd sees of its cluster. Nothing is changed.
: "${endpoint?}"
. ./etcdctl.sh

# ask ENDPOINTS ARGUMENT...: what etcdctl answers goes to said, too. With some endpoints silent it fails, and has answered
# for the others. What it logs is no part of that; from etcd 3.4 on it logs JSON. By default it waits 5 s for each endpoint.
ask() {
  endpoints=$1
  shift
  all=$(etcdctl "$endpoints" --command-timeout=3s "$@" -w json 2>&1)
  said=$(printf '%s\n' "$all" | sed -n '/^{"header"/p; /^\[{/p')
  if [ -n "$said" ]; then
    printf 'etcd %s\n' "$said"
  else
    why=$(printf '%s\n' "$all" | grep -v -e '^{"level"' -e '^\[\]' | tr '\n' ' ')
    printf 'etcd-error %s\n' "${why:-$(printf '%s' "$all" | tail -n 1)}"
  fi
}

ask "$endpoint" member list
urls=$(printf '%s' "$said" | client_urls)
ask "${urls:-$endpoint}" endpoint status
