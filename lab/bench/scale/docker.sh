#!/bin/sh
# The `docker` of a simulated node: answers what the product's scripts ask, from the file `containers` of the node's role.
# Each of its lines is a container: ID NAME IMAGE, and of kubelet's also CONTAINER NAMESPACE POD. All run, and began when
# the node says (`@started:NAME@`).
: "${role?}"
containers=${0%/*}/../$role/containers
etcd=${0%/*}/../$role/etcd

shown() { # FORMAT ID NAME IMAGE CONTAINER NAMESPACE POD
  printf '%s\n' "$1" | sed -e "s|{{.ID}}|$2|" -e "s|{{.Names*}}|$3|" -e "s|{{.Config.Image}}|$4|" \
    -e "s|{{.State.Running}}|true|" -e "s|{{.State.Status}}|running|" -e "s|{{.Status}}|Up 2 hours|" \
    -e "s|{{.State.StartedAt}}|@started:$3@|" -e "s|{{.Image}}|sha256:$2|" \
    -e "s|{{.Label \"io.kubernetes.container.name\"}}|$5|" -e "s|{{.Label \"io.kubernetes.pod.namespace\"}}|$6|" \
    -e "s|{{.Label \"io.kubernetes.pod.name\"}}|$7|"
}

inspect() { # FORMAT NAME…
  format=$1 code=0
  shift
  for wanted; do
    found=
    while read -r id name image container namespace pod; do
      case $wanted in "$id" | "$name") ;; *) continue ;; esac
      found=yes
      case $format in
        *'{{range .Mounts}}'*) echo "/var/lib/rancher/etcd /var/lib/etcd" ;;
        *'{{range .Args}}'*) echo "arg --data-dir=/var/lib/rancher/etcd/" ;;
        *) shown "$(printf '%s' "$format" | sed 's|{{.Name}}|/{{.Name}}|')" "$id" "$name" "$image" "$container" "$namespace" "$pod" ;;
      esac
    done <"$containers"
    [ -n "$found" ] || { echo "Error: No such object: $wanted" >&2; code=1; }
  done
  return "$code"
}

command=$1
shift
case $command in
  version) echo 20.10.24 ;;
  ps)
    [ "$1" != --all ] || shift
    while read -r id name image container namespace pod; do
      shown "$2" "$id" "$name" "$image" "$container" "$namespace" "$pod"
    done <"$containers"
    ;;
  inspect)
    if [ "$1" = --format ]; then
      shift
      inspect "$@"
    else inspect '{{.ID}}' "$@"; fi
    ;;
  restart | stop) inspect '{{.Name}}' "$3" ;;
  exec)
    case $* in
      *" member list -w json") cat "$etcd/members.json" ;;
      *" endpoint status -w json") cat "$etcd/status.json" ;;
      *) echo "unknown command" >&2; exit 1 ;; # it cannot restore: the snapshot is not opened here
    esac
    ;;
  run)
    case $* in
      *" snapshot status "*) echo '{"hash":2693498712,"revision":812345,"totalKey":4321,"totalSize":24576}' ;;
      *) echo "simulated nodes run no containers" >&2; exit 125 ;;
    esac
    ;;
  images) ;;
  *) echo "simulated nodes know no docker $command" >&2; exit 64 ;;
esac
