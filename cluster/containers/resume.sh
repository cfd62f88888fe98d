#!/bin/sh
# Starts a kubelet that was stopped for a restore; it starts Rancher's containers itself.
. ../node/dockerAnswers.sh
[ "$(docker inspect --format '{{.State.Running}}' kubelet 2>/dev/null)" = false ] || exit 0
echo "starting kubelet" >&2
docker start kubelet >/dev/null
echo "resumed"
