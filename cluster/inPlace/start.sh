#!/bin/sh
# Starts containers of RKE's.
set -eu
: "${names?}"
# shellcheck disable=SC2086 # names, one word each
docker start $names >/dev/null
