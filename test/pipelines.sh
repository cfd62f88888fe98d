#!/bin/sh
# Lints the example pipeline for GitHub with actionlint and zizmor, as far as they are installed.
set -eu
cd "$(dirname "$0")/.."
pipeline=docs/pipelines/github-actions.yml
lint() { # PROGRAM OPTION…
  if command -v "$1" >/dev/null; then
    "$@" "$pipeline"
  else
    echo "$1 is not installed: $pipeline was not checked by it" >&2
  fi
}
# The label is that of the operator's own runner.
lint actionlint -ignore 'label "rancher" is unknown'
lint zizmor --offline --no-progress --quiet
