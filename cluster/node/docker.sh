#!/bin/sh
# Docker's server version as a line `docker VERSION`, or `docker-said WHY` where it does not answer.
if version=$(docker version --format '{{.Server.Version}}' 2>&1); then echo "docker $version"
else echo "docker-said $(printf '%s' "$version" | tr '\n' ' ')"; fi
