#!/bin/sh
# Restarts containers of one node side by side, and writes `restarted NAME` for each. Where `may_vanish` is yes, kubelet may
# replace one at the same time, which is a restart too.
set -eu
: "${may_vanish?}"
. ./sideBySide.sh
echo "restarting $containers" >&2
side_by_side restart restarted "$may_vanish"
# What it does not list has vanished, unless it lists nothing.
. ../node/dockerAnswers.sh
