#!/bin/sh
# The ids of the network plugins' containers, by the name that the pod gives them (templates in RKE v1.8.0,
# data/data.json): the runbook's flannel and calico, and canal and weave, which are restarted for the same reason.
# Images may come from a registry of any name, and pods of any name may have such words in theirs. A pod's sandbox
# ("pause") has the name POD: restarting it would only make kubelet throw the pod away.
network_containers() {
  listed=$(docker ps --format '{{.ID}} {{.Label "io.kubernetes.container.name"}}') || return 1
  printf '%s\n' "$listed" | while read -r id name; do
    case $name in
      kube-flannel | install-cni | calico-node | calico-kube-controllers | calico-typha | weave | weave-npc | weave-plugins)
        echo "$id"
        ;;
    esac
  done
}
