#!/bin/sh
# Sourced by open.sh: an etcd of its own, without a network and bounded, as of all that runs here it must give way. It is
# in a container of `image`; without one it is this machine's own, listening in the folder alone, which is closed to others.
# shellcheck disable=SC2034,SC2154 # of open.sh
: "${image?}" "${tool?}" "${ours?}" "${bytes?}"
. ../etcd/image.sh
opened=$ours-$$
restoring=$ours-restoring-$$
etcd='' guard=''

# Who may remove what it writes. Root of a container of Docker without root is the user here.
user=$(id -u)
if [ "$user" != 0 ] && [ -n "$image" ]; then
  case $(docker info --format '{{.SecurityOptions}}' 2>/dev/null) in *rootless*) user=0 ;; esac
fi

# The kernel counts what etcd maps of its database, all of it, and takes pages away where that has no room: with 1 GiB, a
# database of 2 GiB was read over and over, and was opened in 160 s.
memory=$((bytes + 1073741824))

in_container() { # NAME OPTION… --entrypoint PROGRAM IMAGE ARGUMENT…
  called=$1
  shift
  in_own_container --name "$called" --label "$ours" --user "$user" --volume "$work:/opened" \
    --memory "$memory" --cpu-shares 128 --oom-score-adj 900 "$@"
}

on_machine() { # PROGRAM ARGUMENT… in the folder
  cd "$work" || return
  { echo 900 >/proc/self/oom_score_adj; } 2>/dev/null
  exec nice -n 19 env ETCDCTL_API=3 GOMEMLIMIT=1GiB "$@"
}

etcd_restore() { # the file is proven: it need not be hashed again
  if [ -n "$image" ]; then
    in_container "$restoring" --rm --entrypoint "$tool" "$image" snapshot restore /opened/snapshot --data-dir /opened/data --skip-hash-check
  else (on_machine "$tool" snapshot restore snapshot --data-dir data --skip-hash-check); fi
}

etcd_start() { # sets said where it fails
  # It is the only member, and need not wait for others. On arm64, etcd before 3.5 wants to be asked for it.
  set -- --heartbeat-interval 20 --election-timeout 200 --quota-backend-bytes 8589934592
  if [ -n "$image" ]; then
    said=$(in_container "$opened" --detach --log-driver json-file --log-opt max-size=1m --env ETCD_UNSUPPORTED_ARCH=arm64 --entrypoint etcd "$image" \
      --data-dir /opened/data --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
      --listen-peer-urls http://127.0.0.1:2380 "$@" 2>&1)
    return
  fi
  (on_machine env ETCD_UNSUPPORTED_ARCH=arm64 etcd --data-dir data --listen-client-urls unix://client:0 --advertise-client-urls unix://client:0 \
    --listen-peer-urls unix://peer:0 "$@") </dev/null >"$work/log" 2>&1 &
  etcd=$!
  # It goes with this script, also where that is killed.
  {
    while kill -0 "$$"; do sleep 1; done
    kill -KILL "$etcd"
    rm -rf "$work"
  } </dev/null >/dev/null 2>&1 &
  guard=$!
}

etcd_runs() {
  if [ -n "$image" ]; then [ "$(docker inspect --format '{{.State.Running}}' "$opened" 2>/dev/null)" = true ]
  else kill -0 "$etcd" 2>/dev/null; fi
}

# Without Docker's answer it is not known whether it runs.
docker_answers() { [ -z "$image" ] || docker version --format '{{.Server.Version}}'; }

etcd_log() { if [ -n "$image" ]; then docker logs --tail 200 "$opened" 2>&1; else tail -n 200 "$work/log"; fi; }

etcd_ask() { # ARGUMENT… of etcdctl
  if [ -n "$image" ]; then
    docker exec --interactive -e ETCDCTL_API=3 -e ETCDCTL_ENDPOINTS=http://127.0.0.1:2379 "$opened" etcdctl "$@"
  else (on_machine env ETCDCTL_ENDPOINTS=unix://client:0 etcdctl "$@"); fi
}

etcd_remove() {
  if [ -n "$image" ]; then docker rm --force --volumes "$opened" "$restoring" >/dev/null 2>&1
  elif [ -n "$etcd" ]; then
    kill -KILL "$guard" "$etcd" 2>/dev/null
    wait "$etcd" 2>/dev/null
  fi
}

# By the process that made them.
etcd_sweep() {
  [ -n "$image" ] || return 0
  docker ps --all --filter "label=$ours" --format '{{.Names}}' | while read -r container; do
    [ -d "/proc/${container##*-}" ] || docker rm --force --volumes "$container"
  done
}
