#!/bin/sh
# What a machine says that is to become a node, all that it says without root. status: where its user data say how far they are.
: "${status?}"
has() { if command -v "$1" >/dev/null 2>&1; then echo "$2 yes"; else echo "$2 no"; fi; } # PROGRAM KIND

has docker docker-installed
has s3cmd s3cmd
. ../node/docker.sh
[ ! -r "$status" ] || echo "provisioning $(tail -n 1 "$status")"
