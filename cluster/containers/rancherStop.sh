#!/bin/sh
# Stops containers of Rancher's on one node side by side, and writes `stopped NAME` for each. Kubelet restarts them where
# their pod is still wanted. They are not restarted: a container of the newer version, whose pod the restore has forgotten,
# would migrate the restored data once more while it starts.
set -eu
. ./sideBySide.sh
echo "stopping Rancher's containers, which kubelet restarts: $containers" >&2
side_by_side stop stopped yes
# What it does not list has vanished, unless it lists nothing.
. ../node/dockerAnswers.sh
