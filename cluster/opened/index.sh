#!/bin/sh
# Sourced by open.sh: every key with its revisions.
# shellcheck disable=SC2034 # patience is open.sh's
: "${bytes?}"

# How many bytes of values etcd may read at once for a page of keys: it reads them, also where only the keys are asked for.
# The live etcd has others to serve.
at_once_opened=134217728
at_once_live=33554432

# How long etcdctl waits: for its first answer its own 5 s, in which an etcd without a quorum or one that does not run shows,
# and then what a busy host may need.
patience_first=5s
patience_later=30s

# index SIDE FILE CONSISTENCY: writes `KEY CREATED MODIFIED` of each key at one revision, the key in base64, and
# `REVISION CONSISTENCY` into FILE.revision. Page by page, so that neither etcd nor etcdctl holds much. CONSISTENCY is l, or
# s for what this member has by itself, which needs no quorum.
index() {
  if [ "$1" = opened ]; then at_once=$at_once_opened; else at_once=$at_once_live; fi
  from='' revision=0 limit=2000 more=yes last='' patience=$patience_first
  : >"$2"
  while [ "$more" = yes ]; do
    ask "$1" get --consistency "$3" --from-key --keys-only --limit "$limit" --rev "$revision" -w json -- "$from" </dev/null >"$2.page" 2>"$2.why" || return 1
    said=$(awk -v RS='{' -v out="$2" -v last="$last" '
      /^"cluster_id"/ && header == "" { header = $0 }
      /^"key":"/ {
        split($0, part, "\"")
        for (i = 7; i < 10; i += 2) gsub(/[^0-9]/, "", part[i])
        if (part[4] != last) print part[4], part[7], part[9] >>out
        key = part[4]
      }
      { tail = $0 }
      END {
        more = tail ~ /"more":true/ ? "yes" : "no"
        if (!sub(/.*"count":/, "", tail)) tail = "0"
        if (!sub(/.*"revision":/, "", header)) header = "0"
        sub(/[^0-9].*/, "", header)
        sub(/[^0-9].*/, "", tail)
        print more, header, tail, key
      }' "$2.page") || return 1
    read -r more revision count last <<END
$said
END
    [ "$revision" != 0 ] || return 1
    if [ -z "$from" ]; then # later pages count what is left
      echo "$revision $3" >"$2.revision"
      limit=$((at_once / (bytes / (count + 1) + 1)))
      if [ "$limit" -lt 100 ]; then limit=100; elif [ "$limit" -gt 20000 ]; then limit=20000; fi
    fi
    from=$(printf %s "$last" | base64 -d) patience=$patience_later
  done
  rm -f "$2.page" "$2.why"
}

# send SIDE FILE: what index has written, on standard output.
send() {
  read -r revision consistency <"$2.revision"
  if command -v gzip >/dev/null; then
    echo "index $1 $revision $consistency gzip"
    gzip -1 <"$2" | base64
  else
    echo "index $1 $revision $consistency plain"
    cat "$2"
  fi
  echo end
}
