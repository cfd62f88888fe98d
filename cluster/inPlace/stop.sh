#!/bin/sh
# Stops containers of RKE's, those that are there, and makes sure that they are stopped.
. ../node/dockerAnswers.sh
. ../script.sh
: "${names?}"
set --
for name in $names; do
  if docker inspect "$name" >/dev/null 2>&1; then set -- "$@" "$name"; fi
done
[ "$#" -gt 0 ] || exit 0
docker stop --time 0 "$@" >/dev/null
for name; do
  case $(docker inspect --format '{{.State.Running}}' "$name") in
    false) ;;
    *) give_up still-runs name="$name" ;;
  esac
done
