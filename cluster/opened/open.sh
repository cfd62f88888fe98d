#!/bin/sh
# Opens a snapshot on this host in an etcd of its own, which is thrown away when standard input ends. Writes the keys of
# the snapshot and of the live etcd, then answers what standard input asks about keys (detail.sh). Changes nothing.
# file: the proven file of the snapshot. bytes: of the snapshot, unpacked. image and tool: etcd's, and what restores in it.
set -u
umask 077
: "${folder?}" "${name?}" "${file?}" "${bytes?}" "${image?}" "${tool?}" "${state?}" "${ours?}" "${endpoint?}" "${rules?}"
. ../snapshot/archive.sh
. ../etcd/image.sh
. ./index.sh
. ./detail.sh
work=$state/opened-$$
opened=$ours-$$
restoring=$ours-restoring-$$

fail() { printf 'failed %s\nnext %s\n' "$1" "$2"; exit 0; } # WHAT-HAPPENED REMEDY

last_line() { printf '%s' "$1" | tail -n 1; }

# What a run that was killed has left. Containers and folders are named by the process that made them.
sweep() {
  docker ps --all --filter "label=$ours" --format '{{.Names}}' | while read -r container; do
    [ -d "/proc/${container##*-}" ] || docker rm --force --volumes "$container"
  done
  for left in "$state"/opened-*; do
    [ -d "/proc/${left##*-}" ] || rm -rf "$left"
  done
}

close() {
  docker rm --force --volumes "$opened" "$restoring" >/dev/null 2>&1
  rm -rf "$work"
}

ask() { # SIDE ARGUMENT…
  case $1 in live) container=etcd at=$endpoint ;; *) container=$opened at=http://127.0.0.1:2379 ;; esac
  shift
  docker exec --interactive -e ETCDCTL_API=3 -e "ETCDCTL_ENDPOINTS=$at" "$container" etcdctl "$@"
}

room() { # a copy, the restored database, etcd's logs of what it writes (two of 64 MB), and what must stay free
  need=$((bytes / 512 + 131072 + 524288))
  free=$(df -Pk "$work" | { read -r _; read -r _ _ _ left _; echo "$left"; })
  [ "$free" -ge "$need" ] ||
    fail "opening the snapshot needs $((need / 1024)) MiB in $state, and $((free / 1024)) MiB are free" "df -h $state"
}

unpacked() { # puts the snapshot itself into the folder
  if is_zip "$folder/$file"; then
    member "$folder/$file" "backup/$name" || fail "$file $why" "run the preview again"
    unpack "$folder/$file" >"$work/snapshot"
  else
    ln "$folder/$file" "$work/snapshot" 2>/dev/null || cp "$folder/$file" "$work/snapshot"
  fi || fail "$work cannot be written" "df -h $state"
}

# Bounded: of all that runs here, this etcd is what must give way.
alone() { # NAME OPTION… --entrypoint PROGRAM IMAGE ARGUMENT…
  called=$1
  shift
  in_own_container --name "$called" --label "$ours" --user 0 --volume "$work:/opened" \
    --memory 1g --cpu-shares 128 --oom-score-adj 900 "$@"
}

start() {
  said=$(alone "$restoring" --rm --entrypoint "$tool" "$image" snapshot restore /opened/snapshot --data-dir /opened/data 2>&1) ||
    fail "etcd cannot restore $name: $(error_in "$said")" "name another snapshot"
  rm -f "$work/snapshot"
  # It has nobody to elect: it need not wait for others. On arm64, etcd before 3.5 wants to be asked for it.
  said=$(alone "$opened" --detach --log-driver json-file --log-opt max-size=1m --env ETCD_UNSUPPORTED_ARCH=arm64 --entrypoint etcd "$image" --data-dir /opened/data \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --heartbeat-interval 20 --election-timeout 200 \
    --quota-backend-bytes 8589934592 2>&1) || fail "etcd does not start on $name: $(last_line "$said")" "look at the node: docker info"
}

read_opened() { # as soon as it answers
  deadline=$(($(date +%s) + 30 + bytes / 20000000))
  until index opened "$work/opened" l; do
    if [ "$(docker inspect --format '{{.State.Running}}' "$opened" 2>/dev/null)" != true ]; then
      fail "etcd ends on $name: $(error_in "$(docker logs --tail 200 "$opened" 2>&1)")" "name another snapshot"
    fi
    [ "$(date +%s)" -lt "$deadline" ] ||
      fail "etcd does not answer on $name: $(last_line "$(cat "$work/opened.why")")" "look at the node: docker info"
    sleep 0.1 2>/dev/null || sleep 1
  done
}

command -v awk >/dev/null || fail "there is no awk to read the snapshot's keys with" "install awk"
trap close EXIT
trap 'exit 1' HUP INT TERM PIPE
sweep >/dev/null 2>&1
mkdir -p "$work" || fail "$work cannot be written" "df -h $state"
room
{ index live "$work/live" l || index live "$work/live" s; } &
live=$!
unpacked
start
read_opened
send opened "$work/opened"
if wait "$live"; then send live "$work/live"; else printf 'unread %s\n' "$(last_line "$(cat "$work/live.why")")"; fi
rm -f "$work/opened" "$work/live"
echo ready
answer
