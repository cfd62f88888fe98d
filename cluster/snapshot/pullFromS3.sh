#!/bin/sh
# Fetches a snapshot from S3. RKE uploads NAME.zip; the runbook's snapshots have no extension.
# profile: yes where the node's instance profile is asked when the keys are denied access.
: "${profile?}"
. ./pull.sh
. ./s3.sh

find_object() { # KEY…. Sets from, total, modified and tried, a line each
  tried='' total=''
  for key; do
    from=$bucket$key
    say "asking for $from"
    run s3cmd_with info "$from"
    while read -r one two rest; do
      case "$one $two" in "File size:") total=${rest%% *} ;; "Last mod:") modified=$rest ;; esac
    done <"$work/said"
    [ -z "$total" ] || break
    case $(last) in
      *404* | *403* | *NoSuchKey* | *"does not exist"*) tried="${tried:+$tried
}$from: $(last)" ;;
      *) fail s3-not-read denied="$denied" from="$from" said="$(last)" credentials="$credentials" ;;
    esac
  done
}

begin
ready_for_s3 "$work"
denied=''
case $name in *.zip) set -- "$name" ;; *) set -- "$name.zip" "$name" ;; esac
find_object "$@"
# A key for RKE's uploads may not read, and one that was rotated is none any more.
case $profile-$total-$tried in
  yes--*403*)
    say "the keys of s3backupconfig in the cluster file are denied access: asking with this node's instance profile"
    denied=$tried credentials=profile-instead
    access='' secret=''
    find_object "$@"
    ;;
esac
case $tried in
  *404* | *NoSuchKey* | *"does not exist"* | "") ;;
  *) [ -n "$total" ] || fail s3-denied denied="$denied" tried="$tried" credentials="$credentials" ;;
esac
[ -n "$total" ] || fail s3-absent denied="$denied" tried="$tried" credentials="$credentials"
room_for "$total"
say "fetching $from ($(mib "$total"))"
tick & ticker=$!
run s3cmd_with get "$from" "$work/snapshot"
fetched "$from"
finish
