#!/bin/sh
# Waits until etcd on this host is healthy, and writes what data it has: `status`, `hash` and `members`, as etcdctl says it.
: "${endpoint?}" "${seconds?}"
. ../script.sh
. ../etcd/etcdctl.sh
deadline=$(($(date +%s) + seconds))
until said=$(etcdctl "$endpoint" endpoint health 2>&1); do
  # Docker counts from the last `docker start` on; one that cannot use its data ends again and again.
  restarts=$(docker inspect --format '{{.RestartCount}}' etcd 2>/dev/null)
  [ "${restarts:-0}" -lt 4 ] || give_up etcd-keeps-ending said="$(docker logs --tail 1 etcd 2>&1)"
  [ "$(date +%s)" -lt "$deadline" ] ||
    give_up etcd-not-healthy seconds="$seconds" said="$(last_line "$said")"
  sleep 0.2 2>/dev/null || sleep 1
done
printf 'status %s\n' "$(etcdctl "$endpoint" endpoint status -w json 2>/dev/null)"
printf 'hash %s\n' "$(etcdctl "$endpoint" endpoint hashkv -w json 2>/dev/null)"
printf 'members %s\n' "$(etcdctl "$endpoint" member list -w json 2>/dev/null)"
