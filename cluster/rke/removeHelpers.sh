#!/bin/sh
# Removes helper containers of an RKE that has ended, running or not. Only where no RKE is at work.
. ../node/dockerAnswers.sh
: "${helpers?}"
for name in $helpers; do
  [ -n "$(docker inspect --format '{{.State.Status}}' "$name" 2>/dev/null)" ] || continue
  echo "removing $name, which an RKE that has ended left" >&2
  docker rm --force --volumes "$name" >/dev/null
done
