#!/bin/sh
# Lints the example pipeline for GitHub and the release workflow with actionlint and zizmor, as far as they are installed.
set -eu
cd "$(dirname "$0")/.."
lint() { # PROGRAM OPTION…
  if command -v "$1" >/dev/null; then
    "$@" docs/pipelines/github-actions.yml .github/workflows/release.yml
  else
    echo "$1 is not installed: the workflows were not checked by it" >&2
  fi
}
# The label is that of the operator's own runner.
lint actionlint -ignore 'label "rancher" is unknown'
lint zizmor --offline --no-progress --quiet
