#!/bin/sh
# Opens a snapshot on this host in an etcd of its own, which is thrown away when standard input ends. Writes the keys of
# the snapshot and of the live etcd, then answers what standard input asks about keys (detail.sh). Changes nothing.
# file: the proven file of the snapshot. bytes: of the snapshot, unpacked. image and tool: etcd's, and what restores in it;
# without an image they are this machine's own programs. endpoint: of the live etcd; empty where there is none to compare with.
set -u
umask 077
: "${folder?}" "${name?}" "${file?}" "${bytes?}" "${image?}" "${tool?}" "${state?}" "${ours?}" "${endpoint?}" "${rules?}"
. ../script.sh
. ../snapshot/archive.sh
. ./temporaryEtcd.sh
. ./index.sh
. ./detail.sh
work=$state/opened-$$

# What a run that was killed has left. Containers and folders are named by the process that made them.
sweep() {
  etcd_sweep
  for left in "$state"/opened-*; do
    [ -d "/proc/${left##*-}" ] || rm -rf "$left"
  done
}

close() {
  etcd_remove
  rm -rf "$work"
}

ask() { # SIDE COMMAND ARGUMENT…; patience: as in index.sh. etcdctl takes it by the option alone, not from its environment
  side=$1 command=$2
  shift 2
  set -- "$command" "--command-timeout=$patience" "$@"
  if [ "$side" = opened ]; then etcd_ask "$@"
  else docker exec --interactive -e ETCDCTL_API=3 -e "ETCDCTL_ENDPOINTS=$endpoint" etcd etcdctl "$@"; fi
}

# What another host may do better: this one's failure, and not the snapshot's.
fail_of_host() { echo "of-host"; fail "$@"; } # CODE NAME=TEXT…

room() { # a copy, the restored database, etcd's logs of what it writes (two of 64 MB), and what must stay free
  need=$((bytes / 512 + 131072 + 524288))
  free=$(free_kib "$work")
  [ "$free" -ge "$need" ] ||
    fail_of_host no-room-to-open state="$state" need="$need" free="$free"
}

unpacked() { # puts the snapshot itself into the folder
  if is_zip "$folder/$file"; then
    member "$folder/$file" "/backup/$name" || fail snapshot-changed file="$file" why="$why"
    unpack "$folder/$file" >"$work/snapshot"
  else
    ln "$folder/$file" "$work/snapshot" 2>/dev/null || cp "$folder/$file" "$work/snapshot"
  fi || fail_of_host no-place path="$work" disk="$state"
}

start() {
  said=$(etcd_restore 2>&1) || {
    # Codes from 125 on are Docker's own, or of a program that was killed.
    [ "$?" -lt 125 ] || echo "of-host"
    fail snapshot-not-restored name="$name" said="$(error_in "$said")"
  }
  rm -f "$work/snapshot"
  etcd_start || fail_of_host etcd-not-started name="$name" said="$(last_line "$said")"
}

read_opened() { # as soon as it answers
  deadline=$(($(date +%s) + 30 + bytes / 20000000))
  until index opened "$work/opened" l; do
    if ! etcd_runs; then
      said=$(docker_answers 2>&1) || fail_of_host etcd-silent name="$name" said="$(last_line "$said")"
      fail etcd-ended name="$name" said="$(error_in "$(etcd_log)")"
    fi
    [ "$(date +%s)" -lt "$deadline" ] ||
      fail_of_host etcd-silent name="$name" said="$(last_line "$(cat "$work/opened.why")")"
    sleep 0.1 2>/dev/null || sleep 1
  done
}

command -v awk >/dev/null || fail_of_host no-awk
trap close EXIT
trap 'exit 1' HUP INT TERM PIPE
sweep >/dev/null 2>&1
mkdir -p "$work" || fail_of_host no-place path="$work" disk="$state"
room
if [ -n "$endpoint" ]; then
  { index live "$work/live" l || index live "$work/live" s; } &
  live=$!
fi
unpacked
start
read_opened
send opened "$work/opened"
if [ -z "$endpoint" ]; then tell unread no-etcd-here
elif wait "$live"; then send live "$work/live"
else tell unread said text="$(last_line "$(cat "$work/live.why")")"; fi
rm -f "$work/opened" "$work/live"
echo ready
answer
