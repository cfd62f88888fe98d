#!/bin/sh
# The ids of Rancher's own containers that run, in whichever pod of its Deployment, by kubelet's labels.
: "${namespace?}" "${deployment?}" "${container?}"
rancher_containers() {
  listed=$(docker ps --format '{{.ID}} {{.Label "io.kubernetes.container.name"}} {{.Label "io.kubernetes.pod.namespace"}} {{.Label "io.kubernetes.pod.name"}}') || return 1
  printf '%s\n' "$listed" | while read -r id labels; do
    case $labels in "$container $namespace $deployment"-*) echo "$id" ;; esac
  done
}
