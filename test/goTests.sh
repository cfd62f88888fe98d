#!/bin/sh
# Runs the tests of the lab's stand-ins, which are written in Go.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:${GOROOT:-/usr/local/go}/bin
if ! command -v go >/dev/null; then
  echo "go is not installed, and no stand-in of the lab was tested: https://go.dev/dl, 1.25 or newer" >&2
  exit 1
fi
for module in rancher rke-tools tls-proxy; do
  (cd "lab/builds/$module" && go vet ./... && go test ./...)
done
