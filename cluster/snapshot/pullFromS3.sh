#!/bin/sh
# Fetches a snapshot from S3. The keys come on standard input and are in the environment of s3cmd alone: no command line,
# no file. The node's own s3cmd config is left out. RKE uploads NAME.zip; the runbook's snapshots have no extension.
: "${host?}" "${ssl?}" "${region?}" "${bucket?}" "${keys?}"
. ./pull.sh

s3cmd_with() {
  unset AWS_ACCESS_KEY AWS_SECRET_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN
  if [ -n "$access" ]; then AWS_ACCESS_KEY_ID=$access AWS_SECRET_ACCESS_KEY=$secret; export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; fi
  exec s3cmd --config=/dev/null "--host=$host" "--host-bucket=$host" "--region=$region" "$ssl" --no-progress "$@"
}

begin
access='' secret=''
if [ "$keys" = yes ]; then
  IFS= read -r access; IFS= read -r secret
  remedy="correct what s3cmd names: bucket, folder, endpoint, region, or the keys"
else
  remedy="correct what s3cmd names; an instance profile that requires IMDSv2 needs s3cmd 2.3.0 or later"
fi
has s3cmd || fail "s3cmd is not installed" "on the node: apt-get install s3cmd"
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
[ -n "$total" ] || fail "no snapshot was found: $tried" "$remedy"
room_for "$total"
say "fetching $from ($(mib "$total"))"
tick & ticker=$!
run s3cmd_with get "$from" "$work/snapshot"
fetched "$from"
finish
