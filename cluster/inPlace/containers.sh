#!/bin/sh
# The names of all containers on this node, running or not.
set -eu
docker ps --all --format 'container {{.Names}}'
