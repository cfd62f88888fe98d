#!/bin/sh
# Starts those of containers of RKE's that are stopped; one that is not here is none of them.
. ../node/dockerAnswers.sh
: "${names?}"
for name in $names; do
  [ "$(docker inspect --format '{{.State.Running}}' "$name" 2>/dev/null)" = false ] || continue
  echo "starting $name" >&2
  docker start "$name" >/dev/null
done
