#!/bin/sh
# Runs the tests of the lab's stand-ins, which are written in Go.
set -eu
cd "$(dirname "$0")/../.."
PATH=$PATH:${GOROOT:-/usr/local/go}/bin
# lab/engine/pulumi/go.mod needs the newest.
case $(go env GOVERSION 2>/dev/null) in
  go1.2[5-9]* | go1.[3-9][0-9]*) ;;
  *)
    echo "Go 1.25 or newer is not installed, and no stand-in of the lab was tested: https://go.dev/dl" >&2
    exit 1
    ;;
esac
for module in rancher rke-tools; do
  (cd "lab/builds/$module" && go vet ./... && go test ./...)
done
