#!/bin/sh
# Fails, with Docker's own words, where it does not answer.
set -eu
docker version --format '{{.Server.Version}}' >/dev/null
