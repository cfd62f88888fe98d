#!/bin/sh
# Fetches a snapshot from S3. RKE uploads NAME.zip; the runbook's snapshots have no extension.
. ./pull.sh
. ./s3.sh

begin
ready_for_s3 "$work"
tried='' total=''
case $name in *.zip) set -- "$name" ;; *) set -- "$name.zip" "$name" ;; esac
for key; do
  from=$bucket$key
  say "asking for $from"
  run s3cmd_with info "$from"
  while read -r one two rest; do
    case "$one $two" in "File size:") total=${rest%% *} ;; "Last mod:") modified=$rest ;; esac
  done <"$work/said"
  [ -z "$total" ] || break
  case $(last) in
    *404* | *403* | *NoSuchKey* | *"does not exist"*) tried="${tried:+$tried; }$from: $(last)" ;;
    *) fail "s3cmd cannot read $from: $(last)" "$remedy" ;;
  esac
done
case $tried in
  *404* | *NoSuchKey* | *"does not exist"* | "") ;;
  *) [ -n "$total" ] || fail "S3 denies access, or there is no snapshot of this name and the key may not list the bucket: $tried" "check the key, its rights (s3:GetObject, s3:ListBucket) and the node's clock; $remedy" ;;
esac
[ -n "$total" ] || fail "no snapshot was found: $tried" "$remedy"
room_for "$total"
say "fetching $from ($(mib "$total"))"
tick & ticker=$!
run s3cmd_with get "$from" "$work/snapshot"
fetched "$from"
finish
